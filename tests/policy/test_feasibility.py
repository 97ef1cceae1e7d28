"""How much of a page's traffic a rule can serve."""

from dataclasses import replace
from datetime import time

import pytest

from botapp.policy.feasibility import analyse_rule
from botapp.policy.quiet_hours import QuietHours
from botapp.policy.rule import LiveRule
from botapp.policy.timing import Timing
from tests.policy.stories import DAY, HOUR, MINUTE, RULE

_ALLOWED = DAY - 5 * MINUTE
_NIGHT = QuietHours(time(21), time(8))


def _rule(hours: float, quiet: QuietHours | None = _NIGHT, at: time | None = None) -> LiveRule:
    return replace(RULE, timing=Timing(hours * HOUR, at), quiet_hours=quiet)


@pytest.mark.parametrize(
    ("rule", "share", "hours"),
    [
        (_rule(4), 0, ()),
        (_rule(23, None), 0, ()),
        # Who writes from 22:00 on is due when it is quiet; from 08:06 on it ends before the window does.
        (_rule(23), (10 + 6 / 60) / 24, (*range(9), 22, 23)),
        # For who writes from 08:01 to 08:05 the next eight o'clock comes too late, and 23 hours later it is quiet.
        (_rule(23, at=time(8)), 5 / 60 / 24, (8,)),
        (_rule(24), 1, tuple(range(24))),
    ],
)
def test_windows_are_lost_whose_due_time_is_quiet_until_they_close(
    rule: LiveRule, share: float, hours: tuple[int, ...]
) -> None:
    found = analyse_rule(rule, _ALLOWED, {})
    assert found.impossible_share == pytest.approx(share)
    assert found.impossible_hours == hours


def test_the_hours_in_which_a_pages_customers_write_count_as_often_as_they_do() -> None:
    """Of who writes at noon all are reached, and of who writes at midnight nobody."""
    assert analyse_rule(_rule(23), _ALLOWED, {12: 30}).impossible_share == 0
    assert analyse_rule(_rule(23), _ALLOWED, {0: 7}).impossible_share == 1
    assert analyse_rule(_rule(23), _ALLOWED, {0: 10, 12: 30}).impossible_share == pytest.approx(0.25)
