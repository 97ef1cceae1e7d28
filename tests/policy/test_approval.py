"""From draft to live: which step may be taken when, and by whom."""

import pytest

from botapp.policy.approval import Refusal, Stage, Standing, Step, after, needs_reason, refusal

ALICE, BOB, CHARLIE, DORA = 1, 2, 3, 4
A_SYSTEM = -7  # a key that acts for nobody
SUBMITTED = Standing(Stage.IN_REVIEW, ALICE, BOB)


@pytest.mark.parametrize(
    ("step", "stages"),
    [
        (Step.SUBMIT, {Stage.DRAFT}),
        (Step.RETURN, {Stage.IN_REVIEW, Stage.APPROVED}),
        (Step.APPROVE, {Stage.IN_REVIEW}),
        (Step.PUBLISH, {Stage.APPROVED}),
        (Step.PAUSE, {Stage.LIVE}),
        (Step.RESUME, {Stage.PAUSED}),
        (Step.RETIRE, set(Stage) - {Stage.RETIRED}),
    ],
)
def test_a_step_is_taken_from_its_own_stages_only(step: Step, stages: set[Stage]) -> None:
    for stage in Stage:
        standing = Standing(stage, ALICE, BOB, approved_by=CHARLIE)
        assert (refusal(step, standing, DORA, 1) is None) is (stage in stages), stage


@pytest.mark.parametrize(
    ("by", "standing", "refused"),
    [
        (ALICE, SUBMITTED, Refusal.OWN_WORK),
        (BOB, SUBMITTED, Refusal.OWN_WORK),
        (CHARLIE, SUBMITTED, None),
        (CHARLIE, Standing(Stage.IN_REVIEW, ALICE, BOB, CHARLIE), Refusal.APPROVED_ALREADY),
        (DORA, Standing(Stage.IN_REVIEW, ALICE, BOB, CHARLIE), None),
        (ALICE, Standing(Stage.IN_REVIEW, None, BOB), None),  # written at the command line
        (CHARLIE, Standing(Stage.IN_REVIEW, A_SYSTEM, BOB), Refusal.NO_PERSON),
        (CHARLIE, Standing(Stage.IN_REVIEW, ALICE, A_SYSTEM), Refusal.NO_PERSON),
    ],
)
def test_nobody_approves_their_own_or_twice(by: int, standing: Standing, refused: Refusal | None) -> None:
    assert refusal(Step.APPROVE, standing, by, 2) is refused


@pytest.mark.parametrize(("approvals", "stage"), [(1, Stage.APPROVED), (2, Stage.IN_REVIEW)])
def test_it_is_approved_when_as_many_have_approved_as_the_page_asks_for(approvals: int, stage: Stage) -> None:
    once = after(Step.APPROVE, SUBMITTED, CHARLIE, approvals)
    assert once == Standing(stage, ALICE, BOB, CHARLIE)
    if stage is Stage.IN_REVIEW:
        assert after(Step.APPROVE, once, DORA, 2) == Standing(Stage.APPROVED, ALICE, BOB, CHARLIE, DORA)


def test_what_one_has_approved_does_not_go_live_where_two_are_asked_for_by_then() -> None:
    approved = Standing(Stage.APPROVED, ALICE, BOB, CHARLIE)
    assert refusal(Step.PUBLISH, approved, ALICE, 1) is None
    assert refusal(Step.PUBLISH, approved, ALICE, 2) is Refusal.MORE_APPROVALS


def test_what_goes_back_to_its_author_has_lost_its_approvals() -> None:
    assert after(Step.RETURN, Standing(Stage.APPROVED, ALICE, BOB, CHARLIE), DORA, 1) == Standing(Stage.DRAFT, ALICE)


def test_who_paused_it_does_not_resume_it() -> None:
    paused = after(Step.PAUSE, Standing(Stage.LIVE, ALICE, BOB, CHARLIE), ALICE, 1)
    assert refusal(Step.RESUME, paused, ALICE, 1) is Refusal.SECOND_PERSON
    assert refusal(Step.RESUME, paused, DORA, 1) is None
    assert after(Step.RESUME, paused, DORA, 1) == Standing(Stage.LIVE, ALICE, BOB, CHARLIE)


def test_whoever_goes_back_on_something_says_why() -> None:
    assert {step for step in Step if needs_reason(step)} == {Step.RETURN, Step.PAUSE, Step.RESUME, Step.RETIRE}
