"""What a row found: figures beside their limits, and curves."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class Sample:
    """Several rounds of one measurement."""

    median: float
    lowest: float
    highest: float
    rounds: int

    @staticmethod
    def of(values: Sequence[float]) -> "Sample":
        return Sample(median(values), min(values), max(values), len(values))


@dataclass(frozen=True, slots=True)
class Budget:
    """What DESIGN, section 6, allows, of the ratio to the limit or of the figure itself."""

    bound: float
    is_least: bool  # else the most
    of_limit: bool = False

    def is_met_by(self, value: float) -> bool:
        return value >= self.bound if self.is_least else value <= self.bound


def at_least(bound: float) -> Budget:
    return Budget(bound, is_least=True)


def at_least_of_limit(share: float) -> Budget:
    return Budget(share, is_least=True, of_limit=True)


def at_most(bound: float) -> Budget:
    return Budget(bound, is_least=False)


def at_most_of_limit(share: float) -> Budget:
    return Budget(share, is_least=False, of_limit=True)


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of a table."""

    what: str
    unit: str
    measured: Sample
    limit_is: str | None = None
    limit: Sample | None = None
    ratio: Sample | None = None  # of each round's pair
    budget: Budget | None = None

    @property
    def is_met(self) -> bool | None:
        """None where nothing is demanded."""
        if self.budget is None:
            return None
        judged = self.ratio if self.budget.of_limit else self.measured
        return None if judged is None else self.budget.is_met_by(judged.median)

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "is_met": self.is_met}


@dataclass(frozen=True, slots=True)
class Curve:
    """How something grows: points (x, y) for each named series. Drawn on logarithmic axes."""

    name: str  # of the file
    title: str
    across: str
    up: str
    series: Mapping[str, Sequence[tuple[float, float]]]


@dataclass(frozen=True, slots=True)
class Result:
    """What one row found, and what has to be said about it."""

    figures: Sequence[Figure]
    curves: Sequence[Curve] = ()
    notes: Sequence[str] = ()
    details: Mapping[str, Any] = field(default_factory=dict)  # kept in the JSON, not shown

    def to_json(self) -> dict[str, Any]:
        return {
            "figures": [figure.to_json() for figure in self.figures],
            "curves": [asdict(curve) for curve in self.curves],
            "notes": list(self.notes),
            "details": dict(self.details),
        }


def compare(  # a line of a table has that many fields
    what: str,
    unit: str,
    measured: Sequence[float],
    *,
    against: tuple[str, Sequence[float]] | None = None,
    budget: Budget | None = None,
) -> Figure:
    """A figure beside its limit, round by round."""
    if against is None:
        return Figure(what, unit, Sample.of(measured), budget=budget)
    name, limits = against
    ratios = [value / limit for value, limit in zip(measured, limits, strict=True)]
    return Figure(what, unit, Sample.of(measured), name, Sample.of(limits), Sample.of(ratios), budget)


def interleave(rounds: int, measures: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Each measure once, then all again: whatever else the machine does meets all of them alike."""
    found: dict[str, list[float]] = {name: [] for name in measures}
    for number in range(rounds):
        names = list(measures)
        for name in names if number % 2 == 0 else reversed(names):
            found[name].append(measures[name]())
    return found


def percentile(ordered: Sequence[float], share: float) -> float:
    """Of values in rising order; the value that `share` of them do not exceed."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
