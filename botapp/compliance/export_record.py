"""Puts on record what staff take out of the log: what and who before the first byte, how much after the last."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from botapp.identifiers import new_row_id
from botapp.storage import ledger
from botapp.storage.engine import Database
from botapp.storage.ledger import Entry, EntryKind


@dataclass(slots=True)
class Export:
    """One export. Who writes it counts its entries."""

    database: Database
    staff_id: int
    what: Mapping[str, Any]  # types, numbers and times only
    entries: int = 0
    _id: int = field(default_factory=new_row_id)

    def begin(self) -> None:
        """Put it on record. Nothing may leave before this has returned."""
        self._append(EntryKind.EXPORT_BEGUN, dict(self.what))

    @contextmanager
    def until_its_end(self) -> Iterator[None]:
        """Puts on record how much was handed out, also when the reader went away in the middle."""
        is_whole, reason = False, None
        try:
            yield
            is_whole = True
        except Exception as fault:
            reason = _reason(fault)
            raise
        finally:
            self._end(is_whole=is_whole, reason=reason)

    @contextmanager
    def ended_by_a_fault(self) -> Iterator[None]:
        """What goes wrong while it is made ends it, with the reason on record."""
        try:
            yield
        except Exception as fault:
            self._end(is_whole=False, reason=_reason(fault))
            raise

    def _end(self, *, is_whole: bool, reason: str | None = None) -> None:
        self._append(EntryKind.EXPORT_ENDED, {"entries": self.entries, "is_whole": is_whole}, reason)

    def _append(self, kind: EntryKind, details: dict[str, Any], reason: str | None = None) -> None:
        with self.database.transaction() as connection:
            now = self.database.now(connection)
            details = {"export": self._id, "by": self.staff_id, **details}
            ledger.append_for_installation(
                connection, Entry(kind, occurred_at=now, reason=reason, details=details), now
            )


def _reason(fault: Exception) -> str:
    """In a word, where the fault is one that exports know."""
    return str(getattr(fault, "reason", "fault"))
