"""Marks days that are not like the two weeks before them. One simple rule, told on the page that shows the marks."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from botapp.policy.analytics.tally import Tally, together

DAYS_BEFORE = 14
LEAST = 20  # messages on the day, and in the days before: of fewer nothing is said
DEVIATIONS = 3.0  # chance alone goes as far about once in 370 days
FACTOR = 3.0  # for the number of messages, which campaigns move more than chance does
_LEAST_HARMED = 3  # of rarer things the estimate below says little


@dataclass(frozen=True, slots=True)
class Mark:
    """A day, what was unusual about it, and both numbers: rates, or messages."""

    day: int
    what: str  # response, harm or sent
    found: float
    usual: float


def unusual_days(tallies: Mapping[int, Tally], days: Sequence[int]) -> list[Mark]:
    """Those of the days that stand out from the two weeks before each; `tallies` reach two weeks farther back."""
    return [mark for day in days for mark in _marks(tallies, day)]


def _marks(tallies: Mapping[int, Tally], day: int) -> Iterator[Mark]:
    on_it = tallies.get(day, Tally())
    before = together(tallies[past] for past in range(day - DAYS_BEFORE, day) if past in tallies)
    usual = before["sent"] / DAYS_BEFORE
    is_far = on_it["sent"] > FACTOR * usual or on_it["sent"] * FACTOR < usual
    # A page that has just begun has no usual yet.
    is_settled = tallies.get(day - DAYS_BEFORE, Tally())["sent"] > 0
    if is_settled and max(on_it["sent"], usual) >= LEAST and is_far:
        yield Mark(day, "sent", on_it["sent"], usual)
    for what, measure in (("response", "responded"), ("harm", "harmed")):
        deviation = _deviation(on_it, before, measure)
        is_told = what == "response" or (deviation > 0 and on_it[measure] >= _LEAST_HARMED)
        if abs(deviation) > DEVIATIONS and is_told:
            yield Mark(day, what, on_it[measure] / on_it["matured"], before[measure] / before["matured"])


def _deviation(on_it: Tally, before: Tally, measure: str) -> float:
    """How many standard deviations the day's rate is away from that of the days before, themselves only an estimate."""
    sends, earlier = on_it["matured"], before["matured"]
    if sends < LEAST or earlier < LEAST:
        return 0.0
    # Half a hit more and less keeps a rate that was always 0 or 1 from making everything else infinitely rare.
    rate = (before[measure] + 0.5) / (earlier + 1)
    spread = math.sqrt(rate * (1 - rate) * (1 / sends + 1 / earlier))
    return (on_it[measure] / sends - rate) / spread
