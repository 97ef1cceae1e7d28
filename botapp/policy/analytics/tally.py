"""Counts as people read them: rates with their intervals, and how two stretches of time differ."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from botapp.policy.experiments.intervals import Estimate, rate_of, uplift_of

# What customers do for us and against us, out of the messages whose time to be answered is over.
RATES = ("responded", "harmed", "converted", "stopped", "muted", "complained", "blocked", "ignored_twice")


@dataclass(frozen=True, slots=True)
class Tally:
    """Numbers by measure; what is absent is zero."""

    counts: Mapping[str, int] = field(default_factory=dict)

    def __getitem__(self, measure: str) -> int:
        return self.counts.get(measure, 0)

    def __bool__(self) -> bool:
        return any(self.counts.values())

    def rate(self, measure: str) -> Estimate | None:
        """Of the messages whose time to be answered is over."""
        return rate_of(self[measure], self["matured"])

    @property
    def response(self) -> Estimate | None:
        """Answered, and no harm done."""
        return self.rate("responded")

    @property
    def harm(self) -> Estimate | None:
        """STOP, complaint or block."""
        return self.rate("harmed")

    @property
    def uplift(self) -> Estimate | None:
        """Of response, against those who were held out."""
        return uplift_of((self["responded"], self["matured"]), (self["held_out_responded"], self["held_out"]))


def together(tallies: Iterable[Tally]) -> Tally:
    """Their sum."""
    found: dict[str, int] = {}
    for tally in tallies:
        for name, number in tally.counts.items():
            found[name] = found.get(name, 0) + number
    return Tally(found)


def difference(before: Tally, after: Tally, measure: str) -> Estimate | None:
    """By how much a rate went up, with Newcombe's interval. None while either has nothing."""
    return uplift_of((after[measure], after["matured"]), (before[measure], before["matured"]))
