"""A log of many kinds over two pages and the installation, sealed in its order, and what a search of it must find."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby, islice

from botapp.storage import ledger, tree
from botapp.storage.engine import Database
from botapp.storage.entries import StoredEntry
from botapp.storage.ledger import Entry, EntryKind, NumberedEntry
from botapp.storage.tally import Filter
from botapp.storage.tree import SealedEntry

FIRST = datetime(2026, 11, 20, 20, tzinfo=UTC)
STEP = timedelta(minutes=7)
_KINDS = (EntryKind.INTERACTION,) * 8 + (EntryKind.SKIPPED,) * 4 + (EntryKind.SENT, EntryKind.CROSSED)
_REASONS = ("stopped", "muted", "no_rule")


@dataclass(frozen=True)
class SealedLog:
    """`rows` as they must be found: the latest place first."""

    database: Database
    rows: Sequence[StoredEntry]

    def expected(self, wanted: Filter) -> list[StoredEntry]:
        """What a search must find, by looking at every entry."""
        return [row for row in self.rows if _is_meant(row, wanted)]


def make_log(database: Database, count: int, *, unsealed: int = 0, pages: Sequence[int] = (0, 1, 1, 1, 2)) -> SealedLog:
    """A log of that many entries, a step apart; the last ones have no place yet."""
    rows = list(islice(_made_up(pages), count))
    with database.transaction() as connection:
        for recorded_at, group in groupby(rows, key=lambda row: row.recorded_at):
            ledger.append_numbered(connection, [_numbered(row) for row in group], recorded_at)
        frontier = tree.lock_tree(connection)
        sealed = rows[: count - unsealed]
        tree.seal(connection, [_sealed(row) for row in sealed])
        for row in sealed:
            frontier.append(_hash(row))
        tree.save_tree(connection, frontier, [])
    return SealedLog(database, sealed[::-1])


def _made_up(pages: Sequence[int]) -> Iterator[StoredEntry]:
    draw = random.Random(7)  # noqa: S311  not a secret, and the same each time
    numbers: dict[tuple[int, int], int] = {}
    for place in range(1_000_000):
        account_id, kind = draw.choice(pages), draw.choice(_KINDS)
        contact_id = draw.randrange(3) if account_id else 0
        reason = draw.choice(_REASONS) if kind is EntryKind.SKIPPED else None
        sequence = numbers[account_id, contact_id] = numbers.get((account_id, contact_id), 0) + 1
        at = FIRST + place * STEP
        yield StoredEntry(account_id, contact_id, sequence, kind, at, at, reason, None, "{}", place)


def _numbered(row: StoredEntry) -> NumberedEntry:
    entry = Entry(EntryKind(row.kind), row.occurred_at, row.reason)
    return NumberedEntry(row.account_id, row.contact_id, row.sequence, entry)


def _sealed(row: StoredEntry) -> SealedEntry:
    return SealedEntry(row.account_id, row.contact_id, row.sequence, row.leaf_index or 0, _hash(row), None)


def _hash(row: StoredEntry) -> bytes:
    return bytes([(row.leaf_index or 0) % 256]) * 32


def _is_meant(row: StoredEntry, wanted: Filter) -> bool:
    return (
        (wanted.account_ids is None or row.account_id in wanted.account_ids)
        and (not wanted.kinds or row.kind in wanted.kinds)
        and (not wanted.reasons or row.reason in wanted.reasons)
        and (wanted.since is None or row.recorded_at >= wanted.since)
        and (wanted.until is None or row.recorded_at < wanted.until)
    )
