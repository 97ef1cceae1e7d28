"""Facts about a person: which of them count at an instant."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

OF_THE_PROFILE = frozenset({"first_name", "last_name", "page_name", "language"})
LEAST_PERCENT = 50  # less sure than that is a guess, and nobody is written to because of one


@dataclass(frozen=True, slots=True)
class Fact:
    """One value with how sure it is, and until when it counts."""

    value: str
    confidence_percent: int = 100
    expires_at: datetime | None = None

    def counts(self, now: datetime) -> bool:
        """What has expired, or was a guess, is absent for conditions and placeholders alike."""
        return self.confidence_percent >= LEAST_PERCENT and (self.expires_at is None or now < self.expires_at)


def values_that_count(facts: Mapping[str, Fact], now: datetime) -> dict[str, str]:
    """By name."""
    return {name: fact.value for name, fact in facts.items() if fact.counts(now)}
