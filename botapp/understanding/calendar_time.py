"""A day and a time of day as people name them, resolved later by the wall clock of the person's own zone."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from dateutil import tz
from dateutil.easter import easter
from dateutil.relativedelta import relativedelta, weekday

# Beyond this, or with a number that cannot be a count, the person means: until I say otherwise.
LONGEST_MUTE = timedelta(days=3650)
MORNING = time(9)  # when a day is named without a time of day


def sensible_mute(span: timedelta) -> timedelta | None:
    """The span, or None (until undone) for one that is no length of time or longer than a mute is ever meant."""
    return span if timedelta() < span <= LONGEST_MUTE else None


@dataclass(frozen=True, slots=True)
class CalendarTime:
    """A day and a time of day, as a calendar on the person's wall would show them; what is None was not said."""

    days: int | None = None  # from today
    weekday: int | None = None  # Monday is 0; the next one, never today
    month: int | None = None
    day: int | None = None  # of the month named, or else the next such day after today
    year: int | None = None  # of the month and day
    is_either_order: bool = False  # "10/11" may be of October or of November
    from_easter: int | None = None  # days from Easter Sunday
    clock: time | None = None
    days_after: int = 0  # from the day so found, in the morning

    def resolve(self, now: datetime, zone: tzinfo) -> datetime:
        """The first instant after `now` (aware) at which the zone's calendar and clocks show this, in UTC.

        A time that daylight saving skips is moved past the gap; of one that comes twice the second is meant, because
        too long a silence is the smaller harm. For the same reason the later of two dates is meant.
        """
        if self.is_either_order:
            one = replace(self, is_either_order=False)
            both = [each.resolve(now, zone) for each in (one, replace(one, month=self.day, day=self.month))]
            return max([end for end in both if end.astimezone(zone).year == self.year] or both)
        dates = self._dates(now.astimezone(zone).date())
        instants = (_instant(datetime.combine(day, self.clock or MORNING), zone) for day in dates)
        found = next(instant for instant in instants if instant > now)
        if not self.days_after:
            return found
        over = found.astimezone(zone).date() + timedelta(self.days_after)
        return _instant(datetime.combine(over, MORNING), zone)

    def _dates(self, today: date) -> Iterator[date]:
        """The days that may be meant, the nearest first; the last is in the future, whatever the time of day."""
        if self.from_easter is not None:
            yield from (easter(today.year + years) + timedelta(self.from_easter) for years in range(3))
        elif self.day is not None and self.month is not None:
            if self.year is not None:
                yield today + relativedelta(year=self.year, month=self.month, day=self.day)
            yield from (today + relativedelta(years=years, month=self.month, day=self.day) for years in range(2))
        elif self.day is not None:
            of_months = (today + relativedelta(months=months, day=self.day) for months in range(2))
            yield from (day for day in of_months if day > today)
        elif self.weekday is not None:
            yield today + relativedelta(days=1, weekday=weekday(self.weekday)(1))
        else:
            # "Not today" lasts until tomorrow.
            days = 1 if self.days == 0 and self.clock is None else self.days or 0
            yield from (today + timedelta(days), today + timedelta(days + 1))


def _instant(wall: datetime, zone: tzinfo) -> datetime:
    aware = wall.replace(tzinfo=zone)
    if tz.datetime_ambiguous(aware):
        aware = tz.enfold(aware, fold=1)
    return tz.resolve_imaginary(aware).astimezone(UTC)
