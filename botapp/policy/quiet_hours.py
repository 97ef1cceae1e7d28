"""Quiet hours in a person's own zone, by the wall clock, so that daylight saving can neither shift nor skip them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from botapp.policy.zones import clock_change

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

    Quiet hours end where the wall clock shows their end, or where it is moved past it: forward over the end, or
    back to before the start.
    """
    if quiet is None:
        return not_before
    if quiet.start == quiet.end:
        return None
    instant = not_before.astimezone(UTC)
    while quiet.covers(instant, zone):
        end = instant + _until_wall(quiet.end, instant.astimezone(zone).time())
        instant = clock_change(zone, instant, end) or end
    return instant


def _until_wall(wall: time, shown: time) -> timedelta:
    """How long a clock that shows `shown` goes until it shows `wall`."""
    return (datetime.combine(date.min, wall) - datetime.combine(date.min, shown)) % _DAY
