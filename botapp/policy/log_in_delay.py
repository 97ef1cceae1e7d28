"""How long the next attempt to log in has to wait after failed ones. It always ends: nobody is locked out for ever."""

from dataclasses import dataclass
from datetime import datetime, timedelta

FORGOTTEN_AFTER = timedelta(days=1)
_FIRST_DELAY = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many attempts may fail without a delay, and the longest one after that; it doubles in between."""

    free: int
    longest: timedelta


# From one place to one name. Nobody but those who failed waits.
FROM_HERE = Allowance(free=4, longest=timedelta(minutes=15))
# From one place to any names: many may share it, so it is short.
FROM_THIS_PLACE = Allowance(free=20, longest=timedelta(minutes=1))
# From anywhere to one name, by browsers that have never been logged in with it: those of its owner do not wait for it.
FROM_ANYWHERE = Allowance(free=50, longest=timedelta(minutes=5))
# Codes of the second factor, by somebody who has the password already.
OF_CODES = Allowance(free=5, longest=timedelta(minutes=15))


@dataclass(frozen=True, slots=True)
class Failures:
    """What is known of one bucket."""

    count: int
    failed_at: datetime
    free_at: datetime  # the next attempt may be made from this instant on


def must_wait_until(known: Failures, now: datetime) -> datetime | None:
    """When the next attempt may be made, where that is not now."""
    return known.free_at if known.free_at > now else None


def after_attempt(known: Failures, allowance: Allowance, now: datetime) -> Failures:
    """An attempt counts as failed before it is judged, so that many at once gain nothing."""
    count = (0 if now - known.failed_at > FORGOTTEN_AFTER else known.count) + 1
    return Failures(count, now, now + _delay(count, allowance))


def after_success(known: Failures, allowance: Allowance) -> Failures:
    """The attempt did not fail after all."""
    count = max(known.count - 1, 0)
    return Failures(count, known.failed_at, known.failed_at + _delay(count, allowance))


def _delay(count: int, allowance: Allowance) -> timedelta:
    if count <= allowance.free:
        return timedelta(0)
    doublings = min(count - allowance.free - 1, 20)  # 2**20 s is beyond every longest delay
    return min(_FIRST_DELAY * (1 << doublings), allowance.longest)
