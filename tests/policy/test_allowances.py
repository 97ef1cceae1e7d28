"""What the customers of a page share, a budget or a daily cap, and how far planned messages have room in it."""

from datetime import UTC, datetime, timedelta

from botapp.policy.allowances import Allowance, bound
from botapp.policy.outlook import Planned, Scale
from botapp.policy.reason import Reason

MIDNIGHT = datetime(2026, 3, 11, tzinfo=UTC)
SCALE = Scale(MIDNIGHT - timedelta(minutes=60), timedelta(minutes=1))
PLANNED: dict[Planned, int] = {(10, 30, 0, "a"): 4, (20, 90, 0, "a"): 4, (20, 90, 0, "b"): 4, (70, 90, 0, "b"): 1}


def _cap(left: int, most: int = 5) -> Allowance:
    return Allowance(Reason.DAILY_CAP, None, left, MIDNIGHT, most)


def test_without_any_bound_all_have_room() -> None:
    found = bound(PLANNED, [], SCALE)
    assert (found.planned, found.refused) == (PLANNED, {})


def test_what_has_no_room_today_goes_out_tomorrow_if_its_window_is_open_then() -> None:
    found = bound(PLANNED, [_cap(left=3)], SCALE)
    assert found.planned == {(10, 30, 0, "a"): 3, (61, 90, 0, "a"): 4, (61, 90, 0, "b"): 1}
    assert (found.refused, found.later) == ({Reason.DAILY_CAP: 5}, {Reason.DAILY_CAP: 5})


def test_a_budget_binds_its_own_rule_only() -> None:
    budget = Allowance(Reason.BUDGET, "a", 5, None, 5)
    found = bound(PLANNED, [budget], SCALE)
    assert found.planned == {(10, 30, 0, "a"): 4, (20, 90, 0, "a"): 1, (20, 90, 0, "b"): 4, (70, 90, 0, "b"): 1}
    assert found.refused == {Reason.BUDGET: 3}


def test_what_is_spent_already_leaves_nothing() -> None:
    found = bound({(10, 30, 0, "a"): 2}, [_cap(left=-1)], SCALE)
    assert (found.planned, found.refused) == ({}, {Reason.DAILY_CAP: 2})
