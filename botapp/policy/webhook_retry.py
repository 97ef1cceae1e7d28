"""When a webhook that was not taken is tried again."""

from datetime import timedelta

LASTS = timedelta(hours=24)  # from the event on; what was not taken by then is not told
_FIRST_WAIT = timedelta(seconds=5)
_LONGEST_WAIT = timedelta(hours=3)
_SPREAD = 0.25


def wait_before_retry(attempts: int, chance: float) -> timedelta:
    """After so many failed attempts, from 1: 5 s, 15 s, 45 s, ... up to 3 h, a quarter more or less.

    `chance`, from 0 to 1, says how much: so what failed together does not come back together.
    """
    wait = min(_FIRST_WAIT * 3.0 ** min(attempts - 1, 10), _LONGEST_WAIT)
    return wait * (1 + _SPREAD * (2 * chance - 1))
