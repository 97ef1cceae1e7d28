"""The way of a version, of a template or a rule, from draft to live: which step follows which, and who may take it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    LIVE = "live"
    PAUSED = "paused"
    RETIRED = "retired"


class Step(StrEnum):
    SUBMIT = "submit"
    RETURN = "return"  # to its author, before it was live
    APPROVE = "approve"
    PUBLISH = "publish"
    PAUSE = "pause"
    RESUME = "resume"
    RETIRE = "retire"


class Refusal(StrEnum):
    """Why a step was not taken."""

    WRONG_STAGE = "wrong_stage"  # it has moved on, or was never so far
    OWN_WORK = "own_work"  # whoever wrote or submitted it does not approve it
    NO_PERSON = "no_person"  # a key that acts for nobody wrote or submitted it, as keys once could
    APPROVED_ALREADY = "approved_already"  # by the same person
    MORE_APPROVALS = "more_approvals"  # the page has come to ask for more than it has
    SECOND_PERSON = "second_person"  # whoever stopped something does not resume it
    TOO_SOON = "too_soon"  # the step before it is less than a day old
    NO_REASON = "no_reason"  # why is missing, or longer than a few lines


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a version has come, and by whom. Nobody (None) stands for the command line, or for not yet.

    Numbers below zero are keys of the API that act for nobody.
    """

    stage: Stage
    written_by: int | None = None
    submitted_by: int | None = None
    approved_by: int | None = None
    also_approved_by: int | None = None
    paused_by: int | None = None

    @property
    def approvers(self) -> tuple[int, ...]:
        return tuple(by for by in (self.approved_by, self.also_approved_by) if by is not None)

    @property
    def is_by_a_system(self) -> bool:
        """Whether no person is known to have written and submitted it."""
        return any(by is not None and by < 0 for by in (self.written_by, self.submitted_by))


_FROM: Mapping[Step, frozenset[Stage]] = {
    Step.SUBMIT: frozenset({Stage.DRAFT}),
    Step.RETURN: frozenset({Stage.IN_REVIEW, Stage.APPROVED}),
    Step.APPROVE: frozenset({Stage.IN_REVIEW}),
    Step.PUBLISH: frozenset({Stage.APPROVED}),
    Step.PAUSE: frozenset({Stage.LIVE}),
    Step.RESUME: frozenset({Stage.PAUSED}),
    Step.RETIRE: frozenset(Stage) - {Stage.RETIRED},
}
_REVERSES = frozenset({Step.RETURN, Step.PAUSE, Step.RESUME, Step.RETIRE})  # of which staff say why


def needs_reason(step: Step) -> bool:
    """Whether somebody who reads the log later would ask why."""
    return step in _REVERSES


def refusal(step: Step, standing: Standing, by: int, approvals: int) -> Refusal | None:
    """Why this person may not take this step now; `approvals` is how many the page asks for."""
    if standing.stage not in _FROM[step]:
        return Refusal.WRONG_STAGE
    if step is Step.APPROVE:
        return _refusal_of_approval(standing, by)
    if step is Step.PUBLISH and len(standing.approvers) < approvals:
        return Refusal.MORE_APPROVALS
    return Refusal.SECOND_PERSON if step is Step.RESUME and standing.paused_by == by else None


def _refusal_of_approval(standing: Standing, by: int) -> Refusal | None:
    if by in (standing.written_by, standing.submitted_by):
        return Refusal.OWN_WORK
    if standing.is_by_a_system:
        return Refusal.NO_PERSON  # whoever held the key might be the one who approves
    return Refusal.APPROVED_ALREADY if by in standing.approvers else None


def after(step: Step, standing: Standing, by: int, approvals: int) -> Standing:
    """What the version comes to by a step that is not refused."""
    s = standing
    match step:
        case Step.SUBMIT:
            return Standing(Stage.IN_REVIEW, s.written_by, by)
        case Step.RETURN:
            return Standing(Stage.DRAFT, s.written_by)
        case Step.APPROVE:
            first, second = (*s.approvers, by, None)[:2]
            stage = Stage.APPROVED if len(s.approvers) + 1 >= approvals else Stage.IN_REVIEW
            return Standing(stage, s.written_by, s.submitted_by, first, second)
        case Step.PAUSE:
            return Standing(Stage.PAUSED, s.written_by, s.submitted_by, *_both(s), by)
        case Step.PUBLISH | Step.RESUME:
            return Standing(Stage.LIVE, s.written_by, s.submitted_by, *_both(s))
        case Step.RETIRE:
            return Standing(Stage.RETIRED, s.written_by, s.submitted_by, *_both(s))


def _both(standing: Standing) -> tuple[int | None, int | None]:
    return standing.approved_by, standing.also_approved_by
