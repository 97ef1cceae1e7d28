"""The verifier holds each message against the limits that its rule had of its own, by what the log tells."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.compliance.conftest import HOUR, NOON, SECOND, Log, Verified

Run = Callable[..., Verified]
DAY = 24 * HOUR


def _claimed(log: Log, day: int, rule: str = "basket", outcome: str = "sent", **details: Any) -> None:
    at = NOON + day * DAY
    if day:
        log.add("interaction", at=at)
    log.add("claimed", at=at + HOUR, subject_at=at, details={"rule": rule, **details})
    log.add(outcome, at=at + HOUR + SECOND, subject_at=at)


def _verdict(log: Log, tmp_path: Path, verified: Run) -> tuple[int, str]:
    code, found = verified(log.write(tmp_path / "bundle"))
    return code, "".join(found["broken"])


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ((29, "basket", "sent"), 1),
        ((31, "basket", "sent"), 0),
        ((29, "other", "sent"), 0),
        ((29, "basket", "failed"), 0),
    ],
)
def test_one_more_than_a_rule_allows_one_customer_is_named(
    log: Log, tmp_path: Path, verified: Run, told: tuple[int, str, str], code: int
) -> None:
    day, first, outcome = told
    cap = {"basket": {"most": 1, "within": 30 * DAY, "claims": []}}
    _claimed(log, 0, first, outcome, caps=cap)
    _claimed(log, day, caps=cap)
    found = _verdict(log, tmp_path, verified)
    assert found[0] == code
    assert ("had had 1 by the rule basket" in found[1]) == bool(code)


@pytest.mark.parametrize(("spent", "code"), [(4, 0), (5, 1)])
def test_one_beyond_the_budget_is_named(log: Log, tmp_path: Path, verified: Run, spent: int, code: int) -> None:
    _claimed(log, 0, budgets={"basket": {"most": 5, "spent": spent, "period": [0, None]}})
    found = _verdict(log, tmp_path, verified)
    assert found[0] == code
    assert ("the budget of the rule basket was spent" in found[1]) == bool(code)


def _limits(counted: str, number: int) -> dict[str, Any]:
    """What a message says of the budget, or of the day, in which it is counted."""
    if counted == "budget":
        return {"budgets": {"basket": {"most": 5, "spent": number, "period": [NOON, None]}}}
    return {"daily_cap": {"most": 5, "begun": number, "day": [NOON, NOON + DAY]}}


def _counted(log: Log, contact: int, number: int, counted: str, *, hours: int = 1, outcome: str = "sent") -> None:
    """A customer of their own, for whom a message is begun that is counted as that one."""
    at, details = NOON + hours * HOUR, {"rule": "basket", **_limits(counted, number)}
    log.add("interaction", contact, at=NOON)
    log.add("claimed", contact, at=at, subject_at=NOON, details=details)
    log.add(outcome, contact, at=at + SECOND, subject_at=NOON)


@pytest.mark.parametrize("counted", ["budget", "day"])
@pytest.mark.parametrize(
    ("told", "said"),
    [
        (([0, 1, 2], "sent"), ""),
        (([0, 1, 1], "sent"), "1 begun beyond what was counted: page 1, "),
        (([0, 1, 3], "sent"), "1 were counted, the first as number 3, that are not here: page 1, "),
        (([1, 2, 3], "sent"), "1 were counted, the first as number 1, that are not here"),
        (([2, 0, 1], "sent"), ""),  # the order of the log is that of each customer only
        (([0, 0, 1], "released"), ""),  # the first was given back
        (([0, 0, 0], "released"), "1 begun beyond what was counted"),
    ],
)
def test_what_was_begun_for_several_customers_is_what_was_counted(
    log: Log, verified: Run, tmp_path: Path, counted: str, told: tuple[list[int], str], said: str
) -> None:
    numbers, outcome = told
    for contact, number in enumerate(numbers, 20):
        _counted(log, contact, number, counted, outcome=outcome if contact == 20 else "sent")
    log.add("interaction", 30, at=NOON + 3 * HOUR)
    code, found = _verdict(log, tmp_path, verified)
    assert code == bool(said)
    assert said in found


def test_of_what_was_begun_last_not_all_need_be_there_yet(log: Log, tmp_path: Path, verified: Run) -> None:
    _counted(log, 20, 0, "day")
    _counted(log, 21, 2, "day", hours=3)
    assert _verdict(log, tmp_path, verified) == (0, "")
