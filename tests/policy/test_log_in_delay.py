"""Guessing gets slow, never impossible, and is forgotten after a day."""

from datetime import UTC, datetime, timedelta

import pytest

from botapp.policy.log_in_delay import (
    FORGOTTEN_AFTER,
    FROM_ANYWHERE,
    FROM_HERE,
    FROM_THIS_PLACE,
    OF_CODES,
    Allowance,
    Failures,
    after_attempt,
    after_success,
    must_wait_until,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
NOTHING = Failures(0, NOW, NOW)
EVERY = [FROM_HERE, FROM_THIS_PLACE, FROM_ANYWHERE, OF_CODES]


def _fail(times: int, allowance: Allowance, *, apart: timedelta = timedelta(0)) -> Failures:
    known = NOTHING
    for number in range(times):
        known = after_attempt(known, allowance, NOW + number * apart)
    return known


@pytest.mark.parametrize("allowance", EVERY)
def test_the_first_failures_delay_nothing(allowance: Allowance) -> None:
    assert must_wait_until(_fail(allowance.free, allowance), NOW) is None


@pytest.mark.parametrize("allowance", EVERY)
def test_each_one_after_that_doubles_the_delay_up_to_the_longest(allowance: Allowance) -> None:
    delays = [_fail(allowance.free + more, allowance).free_at - NOW for more in range(1, 40)]
    assert delays[:4] == [timedelta(seconds=seconds) for seconds in (1, 2, 4, 8)]
    assert delays == sorted(delays)
    assert delays[-1] == allowance.longest


@pytest.mark.parametrize("allowance", EVERY)
def test_no_number_of_failures_keeps_anybody_out_for_more_than_a_quarter_of_an_hour(allowance: Allowance) -> None:
    known = Failures(10**9, NOW, NOW)
    assert after_attempt(known, allowance, NOW).free_at <= NOW + timedelta(minutes=15)


def test_the_delay_is_over_at_its_end() -> None:
    known = _fail(FROM_HERE.free + 1, FROM_HERE)
    assert must_wait_until(known, known.free_at - timedelta(microseconds=1)) == known.free_at
    assert must_wait_until(known, known.free_at) is None


def test_after_a_quiet_day_counting_begins_anew() -> None:
    known = _fail(30, FROM_HERE)
    assert after_attempt(known, FROM_HERE, NOW + FORGOTTEN_AFTER).count == 31
    assert after_attempt(known, FROM_HERE, NOW + FORGOTTEN_AFTER + timedelta(microseconds=1)).count == 1


def test_a_right_attempt_takes_back_what_it_counted() -> None:
    before = _fail(FROM_THIS_PLACE.free, FROM_THIS_PLACE)
    after = after_success(after_attempt(before, FROM_THIS_PLACE, NOW), FROM_THIS_PLACE)
    assert after == before
