"""Re-engagement rules: for whom, when, with which template."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from botapp.policy.quiet_hours import QuietHours
from botapp.policy.timing import Timing


class Comparison(StrEnum):
    IS = "is"
    IS_NOT = "is_not"
    ONE_OF = "one_of"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    EXISTS = "exists"


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on one fact. `expected` has one text for most comparisons, "yes" or "no" for `exists`."""

    fact: str
    comparison: Comparison
    expected: tuple[str, ...]

    def holds(self, facts: Mapping[str, str]) -> bool:
        """A fact that is absent satisfies only `exists = false` and `is_not`."""
        value = facts.get(self.fact)
        match self.comparison:
            case Comparison.EXISTS:
                return (value is not None) == (self.expected == ("yes",))
            case Comparison.IS_NOT:
                return value != self.expected[0]
            case Comparison.IS | Comparison.ONE_OF:
                return value in self.expected
            case Comparison.AT_LEAST | Comparison.AT_MOST:
                return value is not None and self._compares(value)

    def _compares(self, value: str) -> bool:
        try:
            number, bound = float(value), float(self.expected[0])
        except ValueError:
            return False
        return number >= bound if self.comparison is Comparison.AT_LEAST else number <= bound


@dataclass(frozen=True, slots=True)
class LiveTemplate:
    name: str
    version: int
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class LiveRule:
    """A published rule version with the template version that is live now; None if that was retired."""

    name: str
    version: int
    timing: Timing
    priority: int = 0
    conditions: tuple[Condition, ...] = ()
    quiet_hours: QuietHours | None = None
    template: LiveTemplate | None = None

    def is_meant_for(self, facts: Mapping[str, str]) -> bool:
        """A rule without conditions is meant for everyone in an open window."""
        return all(condition.holds(facts) for condition in self.conditions)


def candidates(rules: Iterable[LiveRule], facts: Mapping[str, str]) -> list[LiveRule]:
    """The rules meant for this person, the most important first; names break ties so that the order never varies."""
    return sorted((r for r in rules if r.is_meant_for(facts)), key=lambda rule: (-rule.priority, rule.name))
