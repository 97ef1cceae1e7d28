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
