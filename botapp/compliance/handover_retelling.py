"""What became of each time that a person of the team was to take over, as the contact's entries tell it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from botapp.compliance.told import Told
from botapp.storage.handovers import HandoverState
from botapp.storage.ledger import EntryKind

_WITH_PEOPLE = frozenset({HandoverState.CLAIMED, HandoverState.PASSED, HandoverState.TAKING})


@dataclass(frozen=True, slots=True)
class ToldHandover:
    """One of them. `state` says where people have it: None before somebody came, and after it ended."""

    state: str | None
    cause: str | None
    requested_at: datetime
    staff_id: int | None = None
    claimed_at: datetime | None = None
    late_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: str | None = None


@dataclass(slots=True)
class HandoverRetelling:
    """All of a contact, by the number of their first entry."""

    all: dict[int, ToldHandover] = field(default_factory=dict)

    def take(self, entry: Told) -> None:
        """The next entry, of a kind in `KINDS`."""
        if entry.kind == EntryKind.HANDOVER_REQUESTED:
            if all(known.ended_at for known in self.all.values()):  # who has an open one gets no second
                self.all[entry.sequence] = ToldHandover(None, entry.reason, entry.at)
            return
        number = entry.details.get("handover")
        known = None if number is None else self.all.get(number)
        if number is not None and known is not None:
            self.all[number] = _STEPS[entry.kind](known, entry)


def as_told(rows: Iterable[Row[Any]]) -> dict[int, ToldHandover]:
    """A contact's rows as entries would tell them, to be compared."""
    names = ("cause", "requested_at", "staff_id", "claimed_at", "late_at", "ended_at", "outcome")
    return {
        row.number: ToldHandover(
            row.state if row.state in _WITH_PEOPLE else None, *(getattr(row, name) for name in names)
        )
        for row in rows
    }


def _claimed(known: ToldHandover, entry: Told) -> ToldHandover:
    by = entry.details.get("by")
    if known.state == HandoverState.PASSED:  # out of the platform's inbox
        return replace(known, state=HandoverState.TAKING.value, staff_id=by)
    return replace(known, state=HandoverState.CLAIMED.value, staff_id=by, claimed_at=entry.at)


def _passed(known: ToldHandover, entry: Told) -> ToldHandover:
    """With a reason the platform refused: to take it in, or to give it back."""
    is_there = entry.reason is None or known.state == HandoverState.TAKING
    return replace(known, state=HandoverState.PASSED.value if is_there else None)


def _late(known: ToldHandover, entry: Told) -> ToldHandover:
    return replace(known, late_at=entry.at)


def _ended(known: ToldHandover, entry: Told) -> ToldHandover:
    return replace(known, state=None, ended_at=entry.at, outcome=entry.reason)


_STEPS: Mapping[str, Callable[[ToldHandover, Told], ToldHandover]] = {
    EntryKind.HANDOVER_CLAIMED: _claimed,
    EntryKind.HANDOVER_PASSED: _passed,
    EntryKind.HANDOVER_LATE: _late,
    EntryKind.HANDOVER_ENDED: _ended,
}
KINDS = (EntryKind.HANDOVER_REQUESTED, *_STEPS)
