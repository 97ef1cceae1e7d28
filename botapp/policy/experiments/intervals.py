"""Intervals of rates and of their difference: Wilson's score interval, and Newcombe's hybrid of two of them.

For reading at one moment, at 95 %. What decides while one goes on looking is the sequential test of `evidence`.
"""

import math
from dataclasses import dataclass

_Z = 1.959963984540054  # 95 %, two-sided


@dataclass(frozen=True, slots=True)
class Estimate:
    """A rate, or a difference of two, with the ends of its interval."""

    value: float
    low: float
    high: float


def rate_of(hits: int, sends: int) -> Estimate | None:
    """A rate with Wilson's interval; None of nothing."""
    if sends <= 0:
        return None
    share, z2 = hits / sends, _Z * _Z
    middle = (share + z2 / (2 * sends)) / (1 + z2 / sends)
    half = _Z / (1 + z2 / sends) * math.sqrt(share * (1 - share) / sends + z2 / (4 * sends * sends))
    return Estimate(share, max(middle - half, 0.0), min(middle + half, 1.0))


def uplift_of(treated: tuple[int, int], held_out: tuple[int, int]) -> Estimate | None:
    """By how much the rate of those who got it is above that of those who did not; (hits, people) of both.

    With Newcombe's interval (his method 10). None while either group is empty.
    """
    with_it, without = rate_of(*treated), rate_of(*held_out)
    if with_it is None or without is None:
        return None
    difference = with_it.value - without.value
    down = math.hypot(with_it.value - with_it.low, without.high - without.value)
    up = math.hypot(with_it.high - with_it.value, without.value - without.low)
    return Estimate(difference, difference - down, difference + up)
