"""Seals the ledger: gives every entry its place in the tree and has the tree signed."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from botapp.audit.entry import Leaf, Opening, open_entry
from botapp.audit.tree import Frontier, leaf_hash
from botapp.compliance.signer import Sign
from botapp.storage import tree
from botapp.storage.engine import Database
from botapp.storage.standing import ContactId
from botapp.storage.times import to_microseconds
from botapp.storage.tree import LogRow, SealedEntry, SignedCheckpoint


@dataclass(frozen=True, slots=True)
class Sealer:
    """Any number of processes may have one; the tree's lock lets one at a time seal."""

    database: Database
    sign: Sign
    batch: int = 1000  # the embedded database has one writer: nobody else can write while one is sealed

    def seal(self, most: int | None = None) -> int:
        """Seal what is there, or about `most` entries of it, and sign for it; how many. Raises SigningRefusedError.

        Places are committed before they are signed for, so that nothing signed can be undone by a crash.
        """
        sealed = self.place(most)
        self._sign()
        return sealed

    def place(self, most: int | None = None) -> int:
        """The same without a signature yet: every entry gets its place in the tree."""
        sealed = 0
        while most is None or sealed < most:
            placed = self._place()
            sealed += placed
            if placed < self.batch:
                break
        return sealed

    def _place(self) -> int:
        with self.database.transaction() as connection:
            frontier = tree.lock_tree(connection)
            unsealed = tree.find_unsealed(connection, self.batch)
            if unsealed:
                hiding = {(row.account_id, row.contact_id) for row in unsealed if _hides(row)}
                secrets = tree.make_secrets(connection, hiding)
                completed: list[tuple[int, int, bytes]] = []
                tree.seal(connection, list(_sealed(unsealed, secrets, frontier, completed)))
                tree.save_tree(connection, frontier, completed)
        return len(unsealed)

    def _sign(self) -> None:
        """A checkpoint for the tree as it is, unless there is one."""
        with self.database.transaction() as connection:
            frontier = tree.lock_tree(connection)
            last = tree.last_checkpoint(connection)
            if frontier.size == (last.size if last else 0):
                return
            now, root = self.database.now(connection), frontier.root()
            note = self.sign(frontier.size, root, tree.node_source(connection))
            tree.add_checkpoint(connection, SignedCheckpoint(frontier.size, root, note, now))


def _sealed(
    rows: Sequence[LogRow],
    secrets: Mapping[ContactId, bytes],
    frontier: Frontier,
    completed: list[tuple[int, int, bytes]],
) -> Iterator[SealedEntry]:
    for row in rows:
        opening = opening_of(row, secrets[row.account_id, row.contact_id]) if _hides(row) else None
        commitment = opening.commitment if opening else None
        hashed = leaf_hash(leaf_of(row, commitment).encode())
        yield SealedEntry(row.account_id, row.contact_id, row.sequence, frontier.size, hashed, commitment)
        completed.extend(frontier.append(hashed))


def leaf_of(row: LogRow | Row[Any], commitment: str | None) -> Leaf:
    """The public part of a stored entry, read in either way."""
    return Leaf(
        row.account_id,
        row.contact_id,
        row.sequence,
        row.kind,
        _microseconds(row.recorded_at) or 0,
        _microseconds(row.occurred_at),
        _microseconds(row.subject_at),
        row.reason,
        row.details,
        commitment,
    )


def _microseconds(instant: datetime | int | None) -> int | None:
    return to_microseconds(instant) if isinstance(instant, datetime) else instant


def opening_of(row: LogRow | Row[Any], secret: bytes) -> Opening | None:
    """What shows an entry's private part; None if it has none, or it was erased."""
    private = json.loads(row.private) if row.private else {}
    if row.evidence_key is not None:
        private["evidence_key"] = row.evidence_key
    return open_entry(secret, row.sequence, private) if private else None


def load_openings(connection: Connection, rows: Sequence[LogRow | Row[Any]]) -> Iterator[Opening | None]:
    """The openings of sealed entries, in their order; None where there is nothing to show, or no more."""
    shown = [_hides(row) for row in rows]
    contacts = {(row.account_id, row.contact_id) for row, is_shown in zip(rows, shown, strict=True) if is_shown}
    secrets = tree.find_secrets(connection, contacts)
    for row, is_shown in zip(rows, shown, strict=True):
        yield opening_of(row, secrets[row.account_id, row.contact_id]) if is_shown else None


def _hides(row: LogRow | Row[Any]) -> bool:
    """Whether there is something to commit to. Where there is not, as with those who are erased, no secret is made."""
    return row.evidence_key is not None or row.private is not None
