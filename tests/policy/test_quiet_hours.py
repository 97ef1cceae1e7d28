"""Quiet hours by the person's own wall clock, in every zone of the database and across every clock change.

What is expected is found the slow way: with the standard library's zones, minute by minute.
"""

from datetime import UTC, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botapp.policy.quiet_hours import QuietHours, earliest_outside
from botapp.policy.zones import find_zone
from tests.policy.stories import DAY, MICROSECOND, MINUTE, PROPERTY

_BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
_DAYS = 3 * 365
_NIGHT = QuietHours(time(21), time(8))
_RESTLESS = [
    "Africa/Casablanca",
    "America/New_York",
    "America/Santiago",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Europe/Dublin",
]


@cache
def _zone_names() -> list[str]:
    return sorted(name for name in available_timezones() if "/" in name and find_zone(name) is not None)


@cache
def _days_of_change(name: str) -> list[int]:
    """The days after `_BEGIN` on which the clocks of a zone change."""
    offsets = [(_BEGIN + day * DAY).astimezone(ZoneInfo(name)).utcoffset() for day in range(_DAYS + 1)]
    return [day for day in range(_DAYS) if offsets[day] != offsets[day + 1]]


def _is_quiet(quiet: QuietHours, instant: datetime, zone: ZoneInfo) -> bool:
    wall = instant.astimezone(zone).time().replace(fold=0)
    if quiet.start <= quiet.end:
        return quiet.start <= wall < quiet.end
    return not quiet.end <= wall < quiet.start


@st.composite
def _stories(draw: st.DrawFn) -> tuple[str, QuietHours, datetime]:
    """A zone, quiet hours, and an instant; as often as not all of them near a change of the zone's clocks."""
    name = draw(st.sampled_from(_RESTLESS) | st.sampled_from(_zone_names()))
    days = st.integers(0, _DAYS)
    day = draw(st.sampled_from(_days_of_change(name)) | days if _days_of_change(name) else days)
    instant = _BEGIN + day * DAY + draw(st.integers(-12 * 60, 36 * 60)) * MINUTE
    minutes = st.integers(0, 4 * 60) | st.integers(0, 24 * 60 - 1)
    ends = minutes.map(lambda minute: time(minute // 60, minute % 60))
    start, end = draw(st.lists(ends, min_size=2, max_size=2, unique=True))
    return name, QuietHours(start, end), instant


@settings(PROPERTY, max_examples=300)
@given(_stories())
def test_the_answer_is_the_first_minute_that_is_not_quiet(story: tuple[str, QuietHours, datetime]) -> None:
    name, quiet, not_before = story
    zone = find_zone(name)
    assert zone is not None
    minutes = (not_before + minute * MINUTE for minute in range(2 * 24 * 60))
    first = next(instant for instant in minutes if not _is_quiet(quiet, instant, ZoneInfo(name)))
    assert earliest_outside(quiet, zone, not_before) == first


@PROPERTY
@given(_stories(), st.integers(0, 60_000_000))
def test_between_the_minutes_too_it_is_never_quiet_nor_before(
    story: tuple[str, QuietHours, datetime], microseconds: int
) -> None:
    name, quiet, minute = story
    zone, not_before = find_zone(name), minute + microseconds * MICROSECOND
    assert zone is not None
    found = earliest_outside(quiet, zone, not_before)
    assert found is not None
    assert found >= not_before
    assert not _is_quiet(quiet, found, ZoneInfo(name))
    assert found == not_before or _is_quiet(quiet, found - MICROSECOND, ZoneInfo(name))


def _local(name: str, text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(name), fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("name", "quiet", "asked", "answer"),
    [
        # A night without a change, and the middle of a day.
        ("Europe/Berlin", "21:00-08:00", "2026-06-10 20:59:59.999999", "2026-06-10 20:59:59.999999"),
        ("Europe/Berlin", "21:00-08:00", "2026-06-10 21:00", "2026-06-11 08:00"),
        ("Europe/Berlin", "21:00-08:00", "2026-06-11 07:59:59.999999", "2026-06-11 08:00"),
        ("Europe/Berlin", "21:00-08:00", "2026-06-11 08:00", "2026-06-11 08:00"),
        ("Europe/Berlin", "12:00-15:00", "2026-06-10 13:30", "2026-06-10 15:00"),
        ("Asia/Kathmandu", "22:00-07:00", "2026-06-10 23:00", "2026-06-11 07:00"),
        # The night in which an hour is skipped, and the one that has an hour twice.
        ("Europe/Berlin", "21:00-08:00", "2026-03-28 23:00", "2026-03-29 08:00"),
        ("Europe/Berlin", "21:00-08:00", "2026-10-24 23:00", "2026-10-25 08:00"),
        ("America/New_York", "21:00-08:00", "2026-03-07 23:00", "2026-03-08 08:00"),
        ("America/New_York", "21:00-08:00", "2026-10-31 23:00", "2026-11-01 08:00"),
        ("Australia/Lord_Howe", "21:00-08:00", "2026-10-03 23:00", "2026-10-04 08:00"),
        # Their end falls into the skipped hour: over with it, not an hour later.
        ("Europe/Berlin", "22:00-02:30", "2026-03-28 23:00", "2026-03-29 03:00"),
        ("America/New_York", "22:00-02:30", "2026-03-07 23:00", "2026-03-08 03:00"),
        ("Australia/Lord_Howe", "22:00-02:15", "2026-10-03 23:00", "2026-10-04 02:30"),
        # They lie in the skipped hour altogether, and that day has none.
        ("Europe/Berlin", "02:10-02:50", "2026-03-29 01:59", "2026-03-29 01:59"),
    ],
)
def test_quiet_hours_follow_the_wall_clock(name: str, quiet: str, asked: str, answer: str) -> None:
    start, end = (time.fromisoformat(text) for text in quiet.split("-"))
    zone = find_zone(name)
    assert zone is not None
    assert earliest_outside(QuietHours(start, end), zone, _local(name, asked)) == _local(name, answer)


@pytest.mark.parametrize(
    ("name", "night", "end", "hours_apart"),
    [
        ("Europe/Berlin", "2026-10-25", "02:30", 1.0),
        ("America/New_York", "2026-11-01", "01:30", 1.0),
        ("Australia/Lord_Howe", "2026-04-05", "01:45", 0.5),
    ],
)
def test_an_end_that_the_night_has_twice_ends_them_twice(name: str, night: str, end: str, hours_apart: float) -> None:
    quiet, zone = QuietHours(time(22), time.fromisoformat(end)), find_zone(name)
    assert zone is not None
    first, second = (_local(name, f"{night} {end}", fold) for fold in (0, 1))
    assert second - first == timedelta(hours=hours_apart)
    assert earliest_outside(quiet, zone, first - MINUTE) == first
    assert earliest_outside(quiet, zone, second - MINUTE) == second


def test_clocks_that_go_back_to_before_their_start_end_them_for_a_while() -> None:
    quiet, zone = QuietHours(time(2, 30), time(6)), find_zone("Europe/Berlin")
    assert zone is not None
    begun = _local("Europe/Berlin", "2026-10-25 02:45")  # an hour later it is 02:45 once more
    assert earliest_outside(quiet, zone, begun) == _local("Europe/Berlin", "2026-10-25 02:00", 1)


def test_without_quiet_hours_any_instant_will_do() -> None:
    assert earliest_outside(None, UTC, _BEGIN) == _BEGIN


@pytest.mark.parametrize("hour", [0, 3, 12])
def test_hours_that_end_where_they_start_never_end(hour: int) -> None:
    always = QuietHours(time(hour), time(hour))
    assert earliest_outside(always, UTC, _BEGIN + 12 * timedelta(hours=1)) is None
    assert always.covers(_BEGIN, UTC)


def test_the_same_instant_is_quiet_for_one_and_not_for_another() -> None:
    instant = datetime(2026, 6, 10, 6, 30, tzinfo=UTC)
    answers = {
        name: _NIGHT.covers(instant, ZoneInfo(name)) for name in ("Europe/Berlin", "Europe/London", "Asia/Tokyo")
    }
    assert answers == {"Europe/Berlin": False, "Europe/London": True, "Asia/Tokyo": False}
