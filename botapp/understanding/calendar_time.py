"""A day and a time of day as people name them, resolved later by the wall clock of the person's own zone."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from dateutil import tz
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
    day: int | None = None  # of the month named, or else of the next month
    clock: time | None = None

    def resolve(self, now: datetime, zone: tzinfo) -> datetime:
        """The first instant after `now` (aware) at which the zone's calendar and clocks show this, in UTC.

        A time that daylight saving skips is moved past the gap; of one that comes twice the second is meant, because
        too long a silence is the smaller harm.
        """
        local = now.astimezone(zone)
        wall = datetime.combine(self._date(local).date(), self.clock or MORNING)
        instant = _instant(wall, zone)
        if instant > now:
            return instant
        is_yearly = self.day is not None and self.month is not None
        return _instant(wall + (relativedelta(years=1) if is_yearly else relativedelta(days=1)), zone)

    def _date(self, local: datetime) -> datetime:
        if self.weekday is not None:
            return local + relativedelta(days=1, weekday=weekday(self.weekday)(1))
        if self.day is not None:
            months = 0 if self.month is not None else 1
            return local + relativedelta(months=months, month=self.month, day=self.day)
        # "Not today" lasts until tomorrow.
        days = 1 if self.days == 0 and self.clock is None else self.days or 0
        return local + relativedelta(days=days)


def _instant(wall: datetime, zone: tzinfo) -> datetime:
    aware = wall.replace(tzinfo=zone)
    if tz.datetime_ambiguous(aware):
        aware = tz.enfold(aware, fold=1)
    return tz.resolve_imaginary(aware).astimezone(UTC)
