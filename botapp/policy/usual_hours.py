"""A customer's usual hours, learnt from when they have written before; believed only on enough evidence."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TypeAlias

_LEAST_DAYS = 5  # on which they wrote: one long talk is no habit
_HOURS = 24
_HOUR = timedelta(hours=1)

UsualHours: TypeAlias = tuple[int, ...]  # of a day, from midnight on, each with its weight
Earliest: TypeAlias = Callable[[datetime, datetime], datetime | None]  # the first legal instant in [from, until)


def learn(written_at: Iterable[datetime], zone: tzinfo) -> UsualHours | None:
    """The weights of the hours in which somebody wrote, on their own clock; None where they wrote on too few days.

    An hour of a day counts once, however much was written in it.
    """
    seen = {(local.date(), local.hour) for local in (instant.astimezone(zone) for instant in written_at)}
    if len({day for day, _ in seen}) < _LEAST_DAYS:
        return None
    counts = [0] * _HOURS
    for _, hour in seen:
        counts[hour] += 1
    return smoothed(counts)


def smoothed(counts: list[int]) -> UsualHours:
    """Each hour with half of its neighbours' weight, across midnight too: habits are not to the minute."""
    return tuple(counts[hour - 1] + 2 * counts[hour] + counts[(hour + 1) % _HOURS] for hour in range(_HOURS))


def best_instant(
    hours: UsualHours, not_before: datetime, until: datetime, zone: tzinfo, earliest: Earliest
) -> datetime | None:
    """The first legal instant of the most usual hour in [not_before, until); None if no hour there is usual."""
    best, heaviest = None, 0
    for begin, end in _local_hours(not_before, until, zone):
        instant = earliest(begin, end)
        weight = 0 if instant is None else hours[instant.astimezone(zone).hour]
        if weight > heaviest:
            best, heaviest = instant, weight
    return best


def _local_hours(begin: datetime, until: datetime, zone: tzinfo) -> Iterator[tuple[datetime, datetime]]:
    """The hours of the person's clock in that span, the first and last cut where it begins and ends."""
    while begin < until:
        local = begin.astimezone(zone)
        past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        end = min(begin.astimezone(UTC) + _HOUR - past, until)
        yield begin, end
        begin = end
