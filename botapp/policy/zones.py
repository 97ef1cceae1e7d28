"""A contact's zone: an IANA name, or a fixed offset as platforms report it ("+02:00")."""

import re
from bisect import bisect_left
from datetime import UTC, datetime, timedelta, tzinfo

from dateutil import tz

_DAY = timedelta(days=1)
_OFFSET = re.compile(r"([+-])(\d{2}):(\d{2})\Z")
_NAME = re.compile(r"[A-Za-z_]{1,40}(/[A-Za-z0-9_+-]{1,40}){1,3}\Z")


def find_zone(name: str) -> tzinfo | None:
    """The zone of that name, or None if there is none."""
    if name == "UTC":
        return UTC
    offset = _OFFSET.match(name)
    if offset:
        sign, hours, minutes = offset.groups()
        delta = timedelta(hours=int(hours), minutes=int(minutes))
        return tz.tzoffset(name, -delta if sign == "-" else delta) if delta <= timedelta(hours=15) else None
    # Only names of the zone database: dateutil would also read any file path and any TZ expression.
    zone = tz.gettz(name) if _NAME.match(name) else None
    return zone if isinstance(zone, tz.tzfile) else None


def offset_name(hours: float) -> str:
    """The name of a fixed offset, for example 5.5 → "+05:30"."""
    minutes = round(abs(hours) * 60)
    return f"{'-' if hours < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"


def clock_change(zone: tzinfo, after: datetime, until: datetime) -> datetime | None:
    """The first instant in (after, until], to the second, at which the zone's clocks are another hour; or None.

    There is at most one in so short a time.
    """
    offset = after.astimezone(zone).utcoffset()
    if until.astimezone(zone).utcoffset() == offset:
        return None
    begin = after.astimezone(UTC).replace(microsecond=0)
    seconds = range(int((until - begin).total_seconds()) + 1)

    def is_changed(second: int) -> bool:
        return (begin + timedelta(seconds=second)).astimezone(zone).utcoffset() != offset

    return begin + timedelta(seconds=bisect_left(seconds, True, key=is_changed))


def offsets_between(zone: tzinfo, since: datetime, until: datetime) -> list[tuple[datetime, timedelta]]:
    """How far the zone's clocks are ahead of UTC, and from when on; the first from `since` at the latest."""
    found = [(since, _offset(zone, since))]
    while since < until:
        end = min(since + _DAY, until)
        changed_at = clock_change(zone, since, end)
        if changed_at is not None:
            found.append((changed_at, _offset(zone, changed_at)))
        since = changed_at or end
    return found


def _offset(zone: tzinfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta(0)
