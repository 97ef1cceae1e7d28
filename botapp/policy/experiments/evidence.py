"""A sequential test of a rate against a bound, valid however often one looks.

The evidence that a rate lies below a bound is the likelihood of what was seen under a mixture of lower rates, divided
by that under the bound itself (a mixture SPRT; an e-value). While the rate is not below the bound, it exceeds 1/doubt
at any of all looks with a probability of `doubt` at most (Ville's inequality). The other side is the same, mirrored.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TypeAlias

# The mixtures: rates as multiples of the bound, each of the same weight. Near the bound they need most sends.
_LOWER = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_HIGHER = (1.1, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0, 9.0)
_Ratios: TypeAlias = tuple[tuple[float, float], ...]  # logarithms: what a hit and a miss say for each rate
_FURTHEST = 1 << 20  # beyond so many more sends nobody can be told when it will be known


class Finding(StrEnum):
    """What is known of a rate."""

    BELOW = "below"
    ABOVE = "above"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Look:
    """What the counts say of a rate and a bound.

    `more`: how many more are needed until it is known, if they go on as so far; 0 if it is, None if nobody can say.
    """

    finding: Finding
    below: float  # evidence that the rate lies below the bound; 1 is none, and 40 a doubt of 1/40 at most
    above: float
    more: int | None


def look(hits: int, sends: int, bound: float, doubt: float, *, plan_ahead: bool = True) -> Look:
    """The counts of this look against a bound between 0 and 1. May be asked after every send.

    Without `plan_ahead` it is not worked out how many more are needed.
    """
    below, above = log_below(hits, sends - hits, bound), log_above(hits, sends - hits, bound)
    threshold = -math.log(doubt)
    if below >= threshold:
        return Look(Finding.BELOW, _exp(below), _exp(above), 0)
    if above >= threshold:
        return Look(Finding.ABOVE, _exp(below), _exp(above), 0)
    more = _more(hits, sends, bound, threshold) if plan_ahead else None
    return Look(Finding.OPEN, _exp(below), _exp(above), more)


def log_below(hits: float, misses: float, bound: float) -> float:
    """The natural logarithm of the evidence that the rate lies below the bound."""
    return _log_mixture(hits, misses, _lower(bound))


def log_above(hits: float, misses: float, bound: float) -> float:
    """The same for above."""
    return _log_mixture(hits, misses, _higher(bound))


@lru_cache(maxsize=100)  # of the few bounds of an installation; each is asked for dozens of times a look
def _lower(bound: float) -> _Ratios:
    return _ratios(bound, [share * bound for share in _LOWER])


@lru_cache(maxsize=100)
def _higher(bound: float) -> _Ratios:
    rates = [share * bound for share in _HIGHER if share * bound < 1]
    return _ratios(bound, rates or [(1 + bound) / 2])


def _ratios(bound: float, rates: Sequence[float]) -> _Ratios:
    return tuple([(math.log(rate / bound), math.log((1 - rate) / (1 - bound))) for rate in rates])


def _log_mixture(hits: float, misses: float, ratios: _Ratios) -> float:
    terms = [hits * of_hit + misses * of_miss for of_hit, of_miss in ratios]
    highest = max(terms)
    return highest + math.log(sum(math.exp(term - highest) for term in terms) / len(terms))


def _more(hits: int, sends: int, bound: float, threshold: float) -> int | None:
    """The fewest more after which either side is known, at the rate so far."""
    rate = (hits + 0.5) / (sends + 1)

    def is_known(more: int) -> bool:
        found, missed = hits + rate * more, sends - hits + (1 - rate) * more
        return max(log_below(found, missed, bound), log_above(found, missed, bound)) >= threshold

    enough = 1
    while not is_known(enough):
        enough *= 2
        if enough > _FURTHEST:
            return None
    too_few = enough // 2
    while enough - too_few > 1:  # each side is convex in it and begins under the threshold, so it is crossed once
        middle = (too_few + enough) // 2
        too_few, enough = (too_few, middle) if is_known(middle) else (middle, enough)
    return enough


def _exp(logarithm: float) -> float:
    """Bounded: what is beyond is as good as certain, and no file format has to hold infinity."""
    return round(math.exp(min(max(logarithm, -30.0), 30.0)), 6)
