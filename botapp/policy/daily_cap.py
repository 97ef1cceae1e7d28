"""How many messages a page begins on its own in a day, while it is new: a cap that people raise step by step."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class DailyCap:
    """The cap of a page, and what it has begun of it in the day that lasts from `since` until before `until`."""

    most: int
    begun: int
    since: datetime
    until: datetime

    @property
    def is_reached(self) -> bool:
        return self.begun >= self.most


def next_step(steps: Sequence[int], cap: int) -> int | None:
    """The cap that follows this one; None: there is none any more."""
    return min((step for step in steps if step > cap), default=None)


def may_be_raised_from(changed_at: datetime | None, day: timedelta, now: datetime) -> datetime:
    """From when on the next step may be taken: each lasts a day, so that somebody sees what comes of it."""
    return now if changed_at is None else changed_at + day
