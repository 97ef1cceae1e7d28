"""The fifth promise: each message has a claim and an outcome on the ledger, and the rows say what the platform took."""

from typing import Any

import pytest

from botapp.simulation.oracle import Broken
from botapp.simulation.trace import Accepted, Said
from tests.simulation.oracle.telling import (
    ALICE,
    BEGINS_AT,
    DAY,
    HOUR,
    MINUTE,
    PAGE,
    SECOND,
    Telling,
    at,
    quiet_evening,
)


def _sent() -> Telling:
    telling = quiet_evening()
    telling.sends(4 * HOUR)
    return telling


def _renumber(telling: Telling) -> None:
    telling.ledger[:] = [{**row, "sequence": number} for number, row in enumerate(telling.ledger, 1)]


def _kinds(telling: Telling) -> list[str]:
    return [row["kind"] for row in telling.ledger]


def test_a_number_that_is_missing_is_found() -> None:
    telling = _sent()
    telling.enters("interaction", at(5 * HOUR), sequence=5)

    assert telling.broken() == {Broken.GAP}


def test_a_number_that_is_there_twice_is_found() -> None:
    telling = _sent()
    telling.enters("interaction", at(5 * HOUR), sequence=3)

    assert telling.broken() == {Broken.GAP}


def test_a_write_without_a_claim_is_found() -> None:
    telling = _sent()
    telling.ledger[:] = []
    telling.plans[:] = []

    assert telling.broken() == {Broken.NO_CLAIM, Broken.TAKEN_AND_NOT_RECORDED}


def test_a_write_needs_a_claim_of_its_own_time() -> None:
    telling = _sent()
    telling.ledger[1]["recorded_at"] = at(2 * HOUR)

    assert telling.broken() == {Broken.NO_CLAIM}


@pytest.mark.parametrize("lost", ["planned", "claimed", "sent"])
def test_a_state_without_its_entry_is_found(lost: str) -> None:
    telling = _sent()
    telling.ledger.pop(_kinds(telling).index(lost))
    _renumber(telling)

    assert Broken.ROW_AND_LEDGER in telling.broken()


def test_an_entry_without_its_state_is_found() -> None:
    telling = _sent()
    telling.plans[0]["state"] = "claimed"

    assert Broken.ROW_AND_LEDGER in telling.broken()


def test_a_claim_whose_row_is_gone_is_found() -> None:
    telling = quiet_evening()
    telling.sends(4 * HOUR, taken=None, outcome="unknown")
    telling.plans[:] = []

    assert telling.broken() == {Broken.ROW_AND_LEDGER}


def test_a_plan_may_be_dropped_for_a_newer_one() -> None:
    telling = quiet_evening()
    telling.enters("planned", at(SECOND), subject_at=BEGINS_AT)
    telling.says(Said.TALK, HOUR)
    telling.sends(5 * HOUR)

    assert telling.broken() == set()


@pytest.mark.parametrize("late", ["skipped", "expired", "failed", "sent"])
def test_an_outcome_on_top_of_an_outcome_is_found(late: str) -> None:
    telling = _sent()
    telling.enters(late, at(5 * HOUR), subject_at=BEGINS_AT)
    telling.plans[0]["state"] = late

    assert Broken.ROW_AND_LEDGER in telling.broken()


def test_an_echo_may_settle_what_was_unknown() -> None:
    telling = quiet_evening()
    telling.sends(4 * HOUR, outcome="unknown")
    telling.enters("reconciled", at(5 * HOUR), subject_at=BEGINS_AT)
    telling.plans[0]["state"] = "sent"

    assert telling.broken() == set()


@pytest.mark.parametrize("state", ["failed", "expired"])
def test_what_the_platform_took_must_not_be_recorded_as_not_sent(state: str) -> None:
    telling = quiet_evening()
    telling.sends(4 * HOUR, outcome=state)

    assert telling.broken() == {Broken.TAKEN_AND_NOT_RECORDED}


def test_what_the_platform_took_must_not_be_released() -> None:
    telling = quiet_evening()
    telling.sends(4 * HOUR, outcome="released")

    assert telling.broken() == {Broken.TAKEN_AND_NOT_RECORDED}


def test_what_the_platform_took_may_be_unknown_to_us() -> None:
    telling = quiet_evening()
    telling.sends(4 * HOUR, outcome="unknown")

    assert telling.broken() == set()


def test_what_the_platform_never_took_must_not_be_recorded_as_sent() -> None:
    telling = quiet_evening()
    telling.sends(4 * HOUR, taken=None)

    assert telling.broken() == {Broken.RECORDED_AND_NOT_TAKEN}


@pytest.mark.parametrize(
    ("state", "taken", "broken"),
    [
        ("failed", True, {Broken.TAKEN_AND_NOT_RECORDED, Broken.UNANSWERED}),
        ("sent", False, {Broken.RECORDED_AND_NOT_TAKEN}),
        ("unknown", True, set()),
        ("unknown", False, set()),
    ],
)
def test_answers_are_compared_with_what_the_platform_took_as_well(state: str, taken: Any, broken: set[Broken]) -> None:
    telling = quiet_evening()
    telling.replies[0]["state"] = state
    if not taken:
        telling.happenings = [h for h in telling.happenings if not isinstance(h, Accepted)]

    assert telling.broken() == broken


@pytest.mark.parametrize(("days", "broken"), [(2, {Broken.NO_OUTCOME}), (0, set())])
def test_a_claim_must_come_to_an_outcome(days: int, broken: set[Broken]) -> None:
    telling = quiet_evening()
    telling.sends(4 * HOUR, taken=None, outcome="unknown")
    telling.ledger.pop()
    telling.plans[0]["state"] = "claimed"
    telling.days = days

    assert telling.broken() == broken


def test_a_claim_of_another_silence_is_another_story() -> None:
    telling = _sent()
    telling.says(Said.TALK, 20 * HOUR)
    telling.sends(DAY + 4 * HOUR + 5 * MINUTE)

    assert _kinds(telling) == ["planned", "claimed", "sent"] * 2
    assert {row["contact_id"] for row in telling.plans} == {ALICE}
    assert {row["page_id"] for row in telling.plans} == {PAGE}
    assert telling.broken() == set()
