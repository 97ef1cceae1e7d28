"""On which days of the customer's calendar a rule may send: recurrences as in RFC 5545, days added and taken out."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from dateutil import tz
from dateutil.rrule import rrulestr

from botapp.policy.preferences import earliest_send_outside
from botapp.policy.quiet_hours import QuietHours

_DAY = timedelta(days=1)
_DATE = re.compile(r"\d{8}\Z", re.ASCII)
_WEEKDAY = r"(MO|TU|WE|TH|FR|SA|SU)"
_PARTS = {
    "BYDAY": re.compile(rf"(-?[1-4])?{_WEEKDAY}(,(-?[1-4])?{_WEEKDAY})*\Z", re.ASCII),
    "BYMONTHDAY": re.compile(r"-?([1-9]|1\d|2[0-8])(,-?([1-9]|1\d|2[0-8]))*\Z", re.ASCII),
    "BYMONTH": re.compile(r"([1-9]|1[0-2])(,([1-9]|1[0-2]))*\Z", re.ASCII),
}
# By which parts a recurrence says its days, of which one set must be there. Each such day comes again within a few
# years, so looking for the next one ends soon; and it does not depend on a beginning, which there is none.
_NEEDED = {
    "WEEKLY": ({"BYDAY"},),
    "MONTHLY": ({"BYDAY"}, {"BYMONTHDAY"}),
    "YEARLY": ({"BYMONTH", "BYDAY"}, {"BYMONTH", "BYMONTHDAY"}),
}


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days on which one of the recurrences falls, and those added, less those taken out.

    Without recurrences or days added it is every day.
    """

    recurrences: tuple[str, ...] = ()  # as after "RRULE:"
    added: frozenset[date] = frozenset()
    taken_out: frozenset[date] = frozenset()

    def allows(self, day: date) -> bool:
        """Whether it is one of those days."""
        if day in self.taken_out:
            return False
        if day in self.added or not (self.recurrences or self.added):
            return True
        return any(_falls_on(recurrence, day) for recurrence in self.recurrences)


EVERY_DAY = Calendar()


def read_calendar(lines: Iterable[str]) -> Calendar:
    """From lines such as "RRULE:FREQ=WEEKLY;BYDAY=MO", "RDATE:20261226", "EXDATE:20261224,20261225".

    Raises ValueError, which says what is wrong with which line.
    """
    recurrences: list[str] = []
    days: dict[str, set[date]] = {"RDATE": set(), "EXDATE": set()}
    for line in lines:
        kind, _, value = line.upper().partition(":")
        if kind in days:
            days[kind] |= {_date(written) for written in value.split(",")}
        elif kind == "RRULE":
            recurrences.append(_checked(value))
        else:
            raise ValueError(f"{line!r} begins with none of RRULE:, RDATE: and EXDATE:")
    return Calendar(tuple(recurrences), frozenset(days["RDATE"]), frozenset(days["EXDATE"]))


def write_calendar(calendar: Calendar) -> list[str]:
    """The same the other way."""
    lines = [f"RRULE:{recurrence}" for recurrence in calendar.recurrences]
    for kind, days in (("RDATE", calendar.added), ("EXDATE", calendar.taken_out)):
        if days:
            lines.append(f"{kind}:{','.join(day.isoformat().replace('-', '') for day in sorted(days))}")
    return lines


def earliest_send_on(
    calendar: Calendar, not_before: datetime, deadline: datetime, quiet: Iterable[QuietHours | None], zone: tzinfo
) -> datetime | None:
    """The first instant in [not_before, deadline) on a day of the calendar and not quiet; None if there is none."""
    every = tuple(quiet)
    instant = earliest_send_outside(not_before, deadline, every, zone)
    if calendar == EVERY_DAY:  # nearly all: a look at the person's calendar costs as much as the rest
        return instant
    while instant is not None and not calendar.allows(instant.astimezone(zone).date()):
        instant = earliest_send_outside(_next_midnight(instant, zone), deadline, every, zone)
    return instant


def _next_midnight(instant: datetime, zone: tzinfo) -> datetime:
    """When the person's next day begins; where clocks skip midnight, when they first show that day."""
    tomorrow = instant.astimezone(zone).date() + _DAY
    return tz.resolve_imaginary(datetime.combine(tomorrow, time(), tzinfo=zone)).astimezone(UTC)


@lru_cache(maxsize=1000)
def _falls_on(recurrence: str, day: date) -> bool:
    midnight = datetime.combine(day, time())
    found = rrulestr(f"RRULE:{recurrence}", dtstart=midnight).after(midnight - _DAY)
    return found is not None and found.date() == day


def _date(written: str) -> date:
    if not _DATE.match(written):
        raise ValueError(f"{written!r} is not a day; write it like 20261224")
    return date.fromisoformat(written)


def _checked(recurrence: str) -> str:
    """A recurrence whose days stand still: by day of the week, of the month or of the year."""
    parts = dict(part.partition("=")[::2] for part in recurrence.split(";"))
    needed = _NEEDED.get(parts.pop("FREQ", ""))
    if needed is None:
        raise ValueError(f"{recurrence!r} has no FREQ of {', '.join(_NEEDED)}")
    for name, value in parts.items():
        if name not in _PARTS or not _PARTS[name].match(value):
            raise ValueError(f"{recurrence!r}: {name}={value} cannot be used; use {', '.join(_PARTS)}, days up to 28")
    if not any(names <= parts.keys() for names in needed):
        ways = " or ".join(" and ".join(sorted(names)) for names in needed)
        raise ValueError(f"{recurrence!r} does not say its days; it needs {ways}")
    if needed is _NEEDED["WEEKLY"] and (parts.keys() - {"BYDAY", "BYMONTH"} or re.search(r"\d", parts["BYDAY"])):
        raise ValueError(f"{recurrence!r}: a week has one day of each name")
    return recurrence
