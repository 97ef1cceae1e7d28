"""When a rule's message is due: after a delay, or when the person's clock next shows a time, whichever comes first."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botapp.policy.quiet_hours import QuietHours
from botapp.policy.timing import Timing, can_ever_fall_inside, due_at, earliest_send
from botapp.policy.zones import find_zone
from tests.policy.stories import DAY, HOUR, MICROSECOND, MINUTE, PROPERTY, WROTE_AT

_EIGHT_OR_23_HOURS = Timing(23 * HOUR, at=time(8))
_ALLOWED = DAY - 5 * MINUTE
_PLACES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "Africa/Cairo"]


def _local(name: str, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(name)).astimezone(UTC)


def _due(name: str, timing: Timing, wrote_at: str) -> datetime:
    zone = find_zone(name)
    assert zone is not None
    return due_at(timing, _local(name, wrote_at), zone)


def test_a_delay_counts_from_the_last_interaction_whatever_the_clocks_do() -> None:
    wrote_at = _local("Europe/Berlin", "2026-03-28 20:00")
    assert _due("Europe/Berlin", Timing(23 * HOUR), "2026-03-28 20:00") == wrote_at + 23 * HOUR


@pytest.mark.parametrize(
    ("name", "wrote", "due"),
    [
        ("Europe/Berlin", "2026-06-10 20:00", "2026-06-11 08:00"),
        ("Europe/Berlin", "2026-06-10 09:00", "2026-06-11 08:00"),  # both at once
        ("Europe/Berlin", "2026-06-10 08:59", "2026-06-11 07:59"),  # 23 hours come first
        ("Europe/Berlin", "2026-06-10 08:00:00.000001", "2026-06-11 07:00:00.000001"),
        ("Europe/Berlin", "2026-06-10 08:00", "2026-06-10 08:00"),
        ("Europe/Berlin", "2026-06-10 03:00", "2026-06-10 08:00"),
        ("Asia/Kathmandu", "2026-06-10 20:00", "2026-06-11 08:00"),
        # The night is an hour shorter: eight comes after 23 hours of the wall clock already.
        ("Europe/Berlin", "2026-03-28 20:00", "2026-03-29 08:00"),
        ("Europe/Berlin", "2026-03-28 08:30", "2026-03-29 08:00"),
        ("America/New_York", "2026-03-07 08:10", "2026-03-08 08:00"),
        ("Australia/Lord_Howe", "2026-10-03 08:40", "2026-10-04 08:00"),
        # The night is an hour longer: 23 hours come before it.
        ("Europe/Berlin", "2026-10-24 20:00", "2026-10-25 08:00"),
        ("Europe/Berlin", "2026-10-24 09:30", "2026-10-25 07:30"),
        ("America/New_York", "2026-10-31 09:30", "2026-11-01 07:30"),
        ("Australia/Lord_Howe", "2026-04-04 09:10", "2026-04-05 07:40"),
    ],
)
def test_eight_in_the_morning_or_23_hours_after_whichever_comes_first(name: str, wrote: str, due: str) -> None:
    assert _due(name, _EIGHT_OR_23_HOURS, wrote) == _local(name, due)


@pytest.mark.parametrize(
    ("wrote", "due"),
    [("07:50", "2026-06-11 06:50"), ("07:00", "2026-06-10 08:00"), ("06:59", "2026-06-10 08:00")],
)
def test_eight_does_not_follow_on_the_heels_of_the_customers_own_words(wrote: str, due: str) -> None:
    timing = Timing(23 * HOUR, at=time(8), least=HOUR)
    assert _due("Europe/Berlin", timing, f"2026-06-10 {wrote}") == _local("Europe/Berlin", due)


def test_a_least_wait_beyond_the_delay_does_not_lengthen_the_delay() -> None:
    assert due_at(Timing(2 * HOUR, at=time(8), least=30 * HOUR), WROTE_AT, UTC) == WROTE_AT + 2 * HOUR


@PROPERTY
@given(
    st.sampled_from(_PLACES),
    st.integers(0, 365 * 24 * 60),
    st.integers(1, 47).map(lambda half_hours: half_hours * 30 * MINUTE),
    st.integers(0, 6),
)
def test_it_is_the_first_minute_at_which_that_clock_shows_the_time_and_never_after_the_delay(
    name: str, minute: int, delay: timedelta, least_hours: int
) -> None:
    wrote_at = datetime(2026, 1, 1, tzinfo=UTC) + minute * MINUTE
    place, zone = ZoneInfo(name), find_zone(name)
    assert zone is not None
    minutes = (wrote_at + n * MINUTE for n in range(least_hours * 60, 48 * 60))
    shown = next(instant for instant in minutes if instant.astimezone(place).time() == time(8))
    timing = Timing(delay, at=time(8), least=least_hours * HOUR)
    assert due_at(timing, wrote_at, zone) == min(shown, wrote_at + delay)


@pytest.mark.parametrize(
    ("to_the_deadline", "legal"), [(timedelta(0), False), (-HOUR, False), (MICROSECOND, True), (HOUR, True)]
)
def test_an_instant_is_legal_only_strictly_before_the_deadline(to_the_deadline: timedelta, *, legal: bool) -> None:
    found = earliest_send(WROTE_AT, WROTE_AT + to_the_deadline, None, UTC)
    assert found == (WROTE_AT if legal else None)


def test_quiet_hours_that_end_at_the_deadline_leave_no_instant() -> None:
    quiet = QuietHours(time(11), time(13))
    assert earliest_send(WROTE_AT, WROTE_AT + HOUR, quiet, UTC) is None
    assert earliest_send(WROTE_AT, WROTE_AT + HOUR + MICROSECOND, quiet, UTC) == WROTE_AT + HOUR


@pytest.mark.parametrize(
    ("timing", "quiet", "possible"),
    [
        (Timing(23 * HOUR), None, True),
        (Timing(_ALLOWED - MICROSECOND), None, True),
        (Timing(_ALLOWED), None, False),
        (Timing(25 * HOUR), None, False),
        (Timing(25 * HOUR, at=time(8)), None, True),
        (Timing(30 * HOUR, at=time(8), least=24 * HOUR), None, False),
        (Timing(23 * HOUR), QuietHours(time(8), time(7, 59)), True),  # one minute a day is enough
        (Timing(23 * HOUR), QuietHours(time(8), time(8)), False),
        (Timing(20 * HOUR, at=time(8)), QuietHours(time(7), time(9)), True),
    ],
)
def test_a_timing_that_can_never_fall_inside_is_known_beforehand(
    timing: Timing, quiet: QuietHours | None, *, possible: bool
) -> None:
    assert can_ever_fall_inside(timing, quiet, _ALLOWED) is possible
