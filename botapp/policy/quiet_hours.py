"""Quiet hours in a person's own zone, by the wall clock, so that daylight saving can neither shift nor skip them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from dateutil import tz

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` (quiet) until `end` (no longer quiet), local wall time; may pass midnight. Equal: always quiet."""

    start: time
    end: time

    def covers(self, instant: datetime, zone: tzinfo) -> bool:
        """Whether the person's wall clock shows a quiet time at this instant."""
        wall = instant.astimezone(zone).time()
        if self.start < self.end:
            return self.start <= wall < self.end
        return wall >= self.start or wall < self.end


def earliest_outside(quiet: QuietHours | None, zone: tzinfo, not_before: datetime) -> datetime | None:
    """The first instant at or after `not_before` that is not quiet; None if every hour is.

    A wall time that daylight saving skips is resolved forward (dateutil's `resolve_imaginary`); of one that
    happens twice both are tried, and the answer is checked against the wall clock itself.
    """
    if quiet is None or not quiet.covers(not_before, zone):
        return not_before
    day = not_before.astimezone(zone).date()
    ends = (instant for offset in range(3) for instant in wall_instants(day + offset * _DAY, quiet.end, zone))
    return next((end for end in sorted(ends) if end >= not_before and not quiet.covers(end, zone)), None)


def wall_instants(day: date, wall: time, zone: tzinfo) -> tuple[datetime, ...]:
    """The UTC instants at which a wall clock in `zone` shows `wall` on `day`: one, or two when clocks go back."""
    local = tz.resolve_imaginary(datetime.combine(day, wall, tzinfo=zone))
    folds = (0, 1) if tz.datetime_ambiguous(local) else (0,)
    return tuple(tz.enfold(local, fold).astimezone(UTC) for fold in folds)
