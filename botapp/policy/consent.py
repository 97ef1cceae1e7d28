"""Consent: append-only records folded into a standing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Basis(StrEnum):
    """On what a page rests its re-engagements."""

    IMPLIED = "implied"  # the customer's own interaction, the platform's rule
    EXPLICIT = "explicit"  # a recorded yes to a question the bot asked


class ConsentState(StrEnum):
    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class ConsentRecord:
    state: ConsentState
    occurred_at: datetime


def standing(records: Iterable[ConsentRecord]) -> ConsentState | None:
    """The latest record by the platform's time; at the same instant a no wins over a yes. None: no record."""
    latest = max(records, key=lambda r: (r.occurred_at, r.state is not ConsentState.GIVEN), default=None)
    return latest.state if latest else None
