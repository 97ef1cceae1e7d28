"""When a world begins, and when much happens in it: changes of the clock, leap days, ends of years, busy hours."""

from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from random import Random

from dateutil import tz

from botapp.simulation.clockwork import DAY, HOUR, MINUTE, microseconds

ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",  # its clocks change by half an hour
    "Asia/Kathmandu",
    "Africa/Cairo",  # clocks change at midnight
    "Pacific/Auckland",
    "UTC",
)
# Days around which a world likes to live.
_NOTABLE = (
    datetime(2026, 3, 29, tzinfo=UTC),
    datetime(2026, 10, 25, tzinfo=UTC),
    datetime(2027, 3, 14, tzinfo=UTC),
    datetime(2027, 11, 7, tzinfo=UTC),
    datetime(2027, 4, 4, tzinfo=UTC),
    datetime(2028, 2, 29, tzinfo=UTC),
    datetime(2028, 4, 28, tzinfo=UTC),
    datetime(2027, 12, 31, tzinfo=UTC),
)
_FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def draw_beginning(random: Random, days: int) -> int:
    """Most worlds live through a notable day."""
    if random.random() < 0.75:  # noqa: PLR2004  three of four
        return microseconds(random.choice(_NOTABLE)) - random.randrange(min(days, 6) + 1) * DAY
    return microseconds(_FIRST + timedelta(days=random.randrange(1_200))) + random.randrange(24) * HOUR


def draw_bursts(random: Random, begins_at: int, ends_at: int) -> list[int]:
    """The instants around which many people write: some each day, never the same ones."""
    number = max(1, (ends_at - begins_at) // DAY * 4)
    return sorted(begins_at + random.randrange(ends_at - begins_at) for _ in range(number))


def zone_of(name: str) -> tzinfo:
    """Of the zone database."""
    return tz.gettz(name) or UTC


@lru_cache(maxsize=500)
def clock_changes(name: str, begins_at: int, ends_at: int) -> tuple[int, ...]:
    """Local midnights of a few days, and the instants at which clocks change."""
    zone = zone_of(name)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    found, before = [], None
    for at in range(begins_at, ends_at, 30 * MINUTE):
        local = (epoch + timedelta(microseconds=at)).astimezone(zone)
        offset = local.utcoffset()
        if (before is not None and offset != before) or (local.hour == 0 and local.minute == 0):
            found.append(at)
        before = offset
    return tuple(found)
