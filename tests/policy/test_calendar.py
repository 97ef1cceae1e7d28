"""On which days a rule may send, by the customer's own calendar."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from botapp.policy.calendar import Calendar, earliest_send_on, read_calendar, write_calendar
from botapp.policy.decision import Hold, PageFacts, Send, Skip
from botapp.policy.quiet_hours import QuietHours
from botapp.policy.reason import Reason
from botapp.policy.zones import find_zone
from tests.policy.stories import ALICE, DAY, DUE_AT, HOUR, RULE, decided

_NIGHT = QuietHours(time(21), time(8))
_YEAR = [date(2026, 1, 1) + timedelta(days=number) for number in range(365)]


@pytest.mark.parametrize(
    ("lines", "days"),
    [
        (["RRULE:FREQ=WEEKLY;BYDAY=MO"], [day for day in _YEAR if day.weekday() == 0]),
        (["rrule:freq=weekly;byday=sa,su"], [day for day in _YEAR if day.weekday() > 4]),
        (["RRULE:FREQ=WEEKLY;BYDAY=MO;BYMONTH=2"], [day for day in _YEAR if (day.month, day.weekday()) == (2, 0)]),
        (["RRULE:FREQ=MONTHLY;BYDAY=1MO"], [day for day in _YEAR if day.day <= 7 and day.weekday() == 0]),
        (["RRULE:FREQ=MONTHLY;BYMONTHDAY=-1"], [day for day in _YEAR if (day + DAY).day == 1]),
        (["RRULE:FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24"], [date(2026, 12, 24)]),
        (["RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=13;BYDAY=FR"], [date(2026, 2, 13)]),
        (["EXDATE:20260101,20261225"], [day for day in _YEAR if day not in (date(2026, 1, 1), date(2026, 12, 25))]),
        (["RDATE:20260105,20260106", "EXDATE:20260106"], [date(2026, 1, 5)]),
    ],
)
def test_a_day_is_judged_by_its_recurrences_and_its_dates(lines: list[str], days: list[date]) -> None:
    calendar = read_calendar(lines)
    assert [day for day in _YEAR if calendar.allows(day)] == days
    assert read_calendar(write_calendar(calendar)) == calendar


@pytest.mark.parametrize(
    "line",
    [
        "RRULE:FREQ=HOURLY",
        "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "RRULE:FREQ=WEEKLY",
        "RRULE:FREQ=WEEKLY;BYDAY=1MO",
        "RRULE:FREQ=WEEKLY;BYDAY=MO;INTERVAL=2",
        "RRULE:FREQ=WEEKLY;BYDAY=MO;BYMONTHDAY=1",
        "RRULE:FREQ=MONTHLY;BYMONTHDAY=31",
        "RRULE:FREQ=YEARLY;BYMONTHDAY=24",
        "RRULE:FREQ=YEARLY;BYMONTH=13;BYMONTHDAY=24",
        "RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=3",
        "RRULE:",
        "EXDATE:2026-12-24",
        "EXDATE:20260230",
        "FREQ=WEEKLY;BYDAY=MO",
    ],
)
def test_what_has_no_plain_days_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"RRULE|day|begins|FREQ"):
        read_calendar([line])


def test_a_message_waits_for_the_next_day_of_its_calendar_and_for_the_end_of_its_quiet_hours() -> None:
    """Tuesday, 16:00 due; Wednesdays only: midnight, or eight o'clock where the night is quiet."""
    for quiet, instant in ((None, datetime(2026, 3, 11, tzinfo=UTC)), (_NIGHT, datetime(2026, 3, 11, 8, tzinfo=UTC))):
        rule = replace(RULE, calendar=read_calendar(["RRULE:FREQ=WEEKLY;BYDAY=WE"]), quiet_hours=quiet)
        assert decided(page=PageFacts((rule,))) == Hold(instant, Reason.NOT_DUE, rule)
        assert isinstance(decided(page=PageFacts((rule,)), now=instant), Send)


def test_a_calendar_without_a_day_in_the_window_leaves_no_legal_instant() -> None:
    rule = replace(RULE, calendar=Calendar(taken_out=frozenset({date(2026, 3, 10), date(2026, 3, 11)})))
    assert decided(page=PageFacts((rule,))) == Skip(Reason.NO_LEGAL_INSTANT)


def test_the_day_is_the_customers_own() -> None:
    rule = replace(RULE, calendar=Calendar(added=frozenset({date(2026, 3, 11)})))
    tokyo = find_zone("Asia/Tokyo")
    assert tokyo is not None
    found = decided(replace(ALICE, zone=tokyo), PageFacts((rule,)), now=DUE_AT - HOUR)
    assert isinstance(found, Hold)
    assert found.until == DUE_AT  # in Tokyo it has been Wednesday for an hour


def test_a_day_begins_when_clocks_that_skip_midnight_first_show_it() -> None:
    """In Beirut 29 March 2026 begins at one o'clock; and a repeated midnight counts the first time."""
    beirut, azores = find_zone("Asia/Beirut"), find_zone("Atlantic/Azores")
    assert beirut is not None
    assert azores is not None
    only = Calendar(added=frozenset({date(2026, 3, 29), date(2026, 10, 26)}))
    eve = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert earliest_send_on(only, eve, eve + DAY, (None,), beirut) == datetime(2026, 3, 28, 22, tzinfo=UTC)
    eve = datetime(2026, 10, 25, 12, tzinfo=UTC)
    assert earliest_send_on(only, eve, eve + DAY, (None,), azores) == datetime(2026, 10, 26, 1, tzinfo=UTC)
