"""An entry as it is read back from the log."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from botapp.storage.times import from_microseconds


@dataclass(frozen=True, slots=True)
class Told:
    """One entry, with what it hides where that is still there."""

    sequence: int
    kind: str
    recorded_at: datetime
    occurred_at: datetime | None = None
    reason: str | None = None
    subject_at: datetime | None = None
    evidence_key: str | None = None  # None also where it was erased
    details: Mapping[str, Any] = field(default_factory=dict)
    private: Mapping[str, Any] | None = None
    leaf_index: int | None = None

    @staticmethod
    def of(row: Row[Any]) -> "Told":
        """A row of the ledger."""
        return Told(
            row.sequence,
            row.kind,
            row.recorded_at,
            row.occurred_at,
            row.reason,
            row.subject_at,
            row.evidence_key,
            json.loads(row.details),
            json.loads(row.private) if row.private else None,
            row.leaf_index,
        )

    @property
    def at(self) -> datetime:
        """When it happened; where nobody can tell, when it was written down."""
        return self.occurred_at or self.recorded_at

    def instant(self, name: str) -> datetime | None:
        """An instant among the details."""
        found = self.details.get(name)
        if isinstance(found, str):
            return datetime.fromisoformat(found)
        return None if found is None else from_microseconds(found)
