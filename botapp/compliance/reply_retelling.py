"""What became of each answer to a contact, as the contact's entries tell it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Row

from botapp.compliance.told import Told
from botapp.storage.ledger import EntryKind
from botapp.storage.reengagements import State

_ENDS: Mapping[str, State] = {
    EntryKind.REPLY_SENT: State.SENT,
    EntryKind.REPLY_FAILED: State.FAILED,
    EntryKind.REPLY_UNKNOWN: State.UNKNOWN,
    EntryKind.REPLY_SKIPPED: State.SKIPPED,
}
KINDS = (*_ENDS, EntryKind.REPLY_RELEASED, EntryKind.RECONCILED)


class Ended(NamedTuple):
    """An answer that is no longer owed."""

    state: State
    reason: str | None = None

    def __str__(self) -> str:
        return f"{self.state}, {self.reason}" if self.reason else self.state


@dataclass(slots=True)
class ReplyRetelling:
    """All that have ended, by the key of the event that they answer. Of who was erased, nobody can tell."""

    ended: dict[str, Ended] = field(default_factory=dict)
    is_any_unnamed: bool = False  # an echo settled some answer, recorded before such entries named it

    def take(self, entry: Told) -> None:
        """The next entry, of a kind in `KINDS`."""
        if entry.kind == EntryKind.RECONCILED:
            self._settled(entry)
        elif entry.evidence_key is not None:
            self._moved(entry.evidence_key, entry)

    def differences(self, rows: Iterable[Row[Any]]) -> Iterator[tuple[str, str, object, object]]:
        """Table, what, told, kept. A row may be gone: answers are kept for a time only."""
        for row in rows:
            kept = Ended(State(row.state), row.reason) if row.state in _ENDS.values() else None
            told = self.ended.get(row.event_key)
            if told != kept and not (self.is_any_unnamed and kept == Ended(State.SENT)):
                yield "reply", f"number {row.position}", told or "owed", kept or "owed"

    def _moved(self, key: str, entry: Told) -> None:
        end = _ENDS.get(entry.kind, State.SENT)
        is_in_part = end is State.SENT and entry.details.get("part") != entry.details.get("parts")
        if entry.kind == EntryKind.REPLY_RELEASED or is_in_part:
            self.ended.pop(key, None)
        else:
            self.ended[key] = Ended(end, entry.reason if entry.kind in _ENDS else None)

    def _settled(self, entry: Told) -> None:
        """The platform's copy of an answer, or of a part, showed that it was sent. With a subject it is no answer."""
        if entry.subject_at is not None:
            return
        if entry.private and "answer_to" in entry.private:
            self._moved(entry.private["answer_to"], entry)
        else:
            self.is_any_unnamed = True
