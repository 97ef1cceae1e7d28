"""A contact's zone: an IANA name, or a fixed offset as platforms report it ("+02:00")."""

import re
from datetime import UTC, timedelta, tzinfo

from dateutil import tz

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
