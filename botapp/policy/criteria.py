"""For whom a rule is meant: conditions on what is known of a customer, grouped by all, any and none.

botapp/storage/matching.py says the same in SQL; what is absent, what a number is and how texts compare is settled here.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias


class Comparison(StrEnum):
    IS = "is"
    IS_NOT = "is_not"
    ONE_OF = "one_of"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    EXISTS = "exists"


class Grouping(StrEnum):
    ALL = "all"
    ANY = "any"
    NONE = "none"


# Digits that a double holds exactly, so that Python and both databases compare alike; "1e3" and "1,000" are texts.
_NUMBER = re.compile(r"-?(?=[0-9.]{1,16}\Z)[0-9]{1,15}(?:\.[0-9]{1,14})?\Z", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z", re.ASCII)


class Known(Protocol):
    """What is known of a customer: a text by its name, or None."""

    def get(self, name: str, /) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on one fact. `expected` has one text for most comparisons, "yes" or "no" for `exists`."""

    fact: str
    comparison: Comparison
    expected: tuple[str, ...]

    def holds(self, known: Known) -> bool:
        """What is absent satisfies only `exists = false` and `is_not`. Texts are alike letter by letter, or not."""
        value = known.get(self.fact)
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
        """A day with a day, a number with a number; anything else is neither."""
        bound = self.expected[0]
        if is_date(bound):
            return is_date(value) and self._is_ordered(value, bound)
        return is_number(value) and self._is_ordered(float(value), float(bound))

    def _is_ordered(self, value: str | float, bound: str | float) -> bool:
        least, most = (bound, value) if self.comparison is Comparison.AT_LEAST else (value, bound)
        return least <= most  # type: ignore[operator]  # both texts or both numbers


@dataclass(frozen=True, slots=True)
class Group:
    """All of several criteria, at least one, or none of them. It has members: an empty one would surprise."""

    grouping: Grouping
    members: tuple["Criterion", ...]

    def holds(self, known: Known) -> bool:
        held = (member.holds(known) for member in self.members)
        if self.grouping is Grouping.ALL:
            return all(held)
        return any(held) == (self.grouping is Grouping.ANY)


Criterion: TypeAlias = Condition | Group


def is_number(text: str) -> bool:
    """Up to 15 digits with a point before the cents, as numbers are compared."""
    return _NUMBER.match(text) is not None


def is_date(text: str) -> bool:
    """A day as facts hold it, "2026-12-24"; their order is that of the texts."""
    return _DATE.match(text) is not None


def facts_of(criteria: Iterable[Criterion]) -> Iterator[str]:
    """The names of what they ask about."""
    for criterion in criteria:
        if isinstance(criterion, Condition):
            yield criterion.fact
        else:
            yield from facts_of(criterion.members)
