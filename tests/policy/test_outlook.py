"""How what is planned fares at a page's rate, minute by minute."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from botapp.policy.outlook import Planned, Scale, look_ahead
from botapp.policy.overload import Rate

SCALE = Scale(datetime(2026, 3, 10, 12, tzinfo=UTC), timedelta(minutes=1))
ONE_A_SECOND = Rate(1.0, burst=1)


def test_what_the_rate_carries_goes_out_when_it_is_due() -> None:
    outlook = look_ahead({(3, 90, 0, "a"): 50, (200, 300, 0, "b"): 60}, ONE_A_SECOND, SCALE)
    assert outlook.sent == {(3, "a"): 50, (200, "b"): 60}
    assert (outlook.given_up, outlook.waiting, outlook.most_due) == ({}, {}, 60)


def test_what_it_does_not_carry_at_once_goes_out_later_with_the_nearest_deadline_first() -> None:
    outlook = look_ahead({(0, 9, 0, "late"): 60, (0, 5, 0, "soon"): 90}, ONE_A_SECOND, SCALE)
    assert outlook.sent == {(0, "soon"): 60, (1, "soon"): 30, (1, "late"): 30, (2, "late"): 30}
    assert outlook.waiting == {0: 90, 1: 30}


def test_what_finds_no_room_in_time_is_given_up_and_the_most_valuable_goes_out() -> None:
    planned: dict[Planned, int] = {(0, 1, 1, "cheap"): 100, (0, 1, 9, "dear"): 100}
    outlook = look_ahead(planned, ONE_A_SECOND, SCALE)
    assert outlook.given_up == {"cheap": 80}
    assert _by_rule(outlook.sent) == {"dear": 100, "cheap": 20}


def test_a_rate_below_one_a_stretch_sends_one_now_and_then() -> None:
    outlook = look_ahead({(0, 9, 0, "a"): 20}, Rate(1 / 120, burst=1), SCALE)
    assert _by_rule(outlook.sent) == {"a": 5}
    assert outlook.given_up == {"a": 15}


def test_every_plan_is_sent_or_given_up() -> None:
    planned: dict[Planned, int] = {(n % 7, n % 7 + n % 11, n % 5, "abc"[n % 3]): 40 + n for n in range(60)}
    outlook = look_ahead(planned, ONE_A_SECOND, SCALE)
    assert outlook.sent.total() + outlook.given_up.total() == sum(planned.values())


def _by_rule(sent: Counter[tuple[int, str]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for (_, rule), number in sent.items():
        found[rule] += number
    return found
