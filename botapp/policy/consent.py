"""Consent: append-only records folded into a standing."""

from collections.abc import Collection, Iterable
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
    wording_version: str | None = None  # of the question that it answers; None: said without being asked


def latest(records: Iterable[ConsentRecord]) -> ConsentRecord | None:
    """The latest record by the platform's time; at the same instant a no wins over a yes. None: no record."""
    return max(records, key=lambda r: (r.occurred_at, r.state is not ConsentState.GIVEN), default=None)


def standing(records: Iterable[ConsentRecord]) -> ConsentState | None:
    """What the latest record says. None: no record."""
    last = latest(records)
    return last.state if last else None


def allows(records: Collection[ConsentRecord], basis: Basis) -> bool:
    """Whether a re-engagement may rest on these records.

    Where the page needs a yes, one to a question must be among them: a START revives such a yes after a no, and is
    none itself.
    """
    state = standing(records)
    if basis is Basis.IMPLIED:
        return state not in (ConsentState.WITHDRAWN, ConsentState.REFUSED)
    said_yes = any(r.state is ConsentState.GIVEN and r.wording_version is not None for r in records)
    return state is ConsentState.GIVEN and said_yes
