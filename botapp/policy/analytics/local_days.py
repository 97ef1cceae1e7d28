"""Days and hours as a page's own clocks have them, out of counts that are kept by hours of UTC.

An hour of UTC counts to the local hour in which it begins. Where clocks are not whole hours away from those of UTC, a
day here therefore begins by so many minutes after its midnight; everywhere else it is the local day exactly.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from botapp.policy.zones import offsets_between

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_MARGIN = 2 * _DAY  # no clock is farther from that of UTC
HOURS = 24


@dataclass(frozen=True, slots=True)
class Stretch:
    """Hours of UTC since 1970, from `first` until `end`, to which so many are added for the local ones."""

    first: int
    end: int
    offset: int


def day_of(instant: datetime, zone: tzinfo = UTC) -> int:
    """The local day on which it is, in days since 1970."""
    at = instant.astimezone(zone)
    return (at.date() - _EPOCH.date()).days


def date_of(day: int) -> datetime:
    """A day, to be written: its first instant where clocks show UTC."""
    return _EPOCH + timedelta(days=day)


def stretches(zone: tzinfo, first_day: int, last_day: int) -> list[Stretch]:
    """The hours that make up these local days, the last included: one stretch for each offset of the clocks meanwhile.

    None of a day that a zone has left out, as Samoa did in 2011.
    """
    since, until = date_of(first_day) - _MARGIN, date_of(last_day + 1) + _MARGIN
    changes = offsets_between(zone, since, until)
    found = []
    for place, (at, ahead) in enumerate(changes):
        ends_at = changes[place + 1][0] if place + 1 < len(changes) else until
        offset = ahead // _HOUR
        # An hour belongs to the offset that the clocks have when it begins.
        first = max(_hours_until(at), first_day * HOURS - offset)
        end = min(_hours_until(ends_at), (last_day + 1) * HOURS - offset)
        if first < end:
            found.append(Stretch(first, end, offset))
    return found


def begins_at(zone: tzinfo, day: int) -> datetime:
    """The instant from which on hours count to this local day."""
    return _EPOCH + stretches(zone, day, day)[0].first * _HOUR


def minutes_late(zone: tzinfo, at: datetime) -> int:
    """How long after midnight a day begins here, where clocks are not whole hours away from those of UTC."""
    ahead = at.astimezone(zone).utcoffset() or timedelta(0)
    return ahead % _HOUR // timedelta(minutes=1)


def _hours_until(at: datetime) -> int:
    """How many hours have begun before it."""
    return -((_EPOCH - at) // _HOUR)
