"""The tree over the ledger as it is kept: the place and hash of each leaf, some inner nodes, the signed checkpoints."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, select, update

from botapp.audit.entry import SECRET_BYTES
from botapp.audit.tree import HASH_BYTES, Frontier, node_hash
from botapp.identifiers import new_secret
from botapp.storage import bulk
from botapp.storage.schema import checkpoint, contact_secret, ledger_entry, tree, tree_node
from botapp.storage.standing import ContactId
from botapp.storage.statement import Statement
from botapp.storage.times import from_microseconds

STORED_LEVELS = 8  # inner nodes are kept on each eighth level: one for 256 of those below
_KEY = ("account_id", "contact_id", "sequence")


class LogRow(NamedTuple):
    """An entry as it is stored, what it hides included. Instants stay microseconds, as the leaf has them."""

    account_id: int
    contact_id: int
    sequence: int
    kind: str
    occurred_at: int | None
    recorded_at: int
    reason: str | None
    evidence_key: str | None
    subject_at: int | None
    details: str
    private: str | None
    leaf_index: int | None
    leaf_hash: str | None
    commitment: str | None

    @property
    def place(self) -> int:
        """Its place in the tree. LookupError while it has none."""
        if self.leaf_index is None:
            raise LookupError("an entry that is not sealed yet has no place")
        return self.leaf_index


_SELECT = f"SELECT {', '.join(LogRow._fields)} FROM ledger_entry"  # noqa: S608  our schema's names
_FIND_UNSEALED = Statement(f"{_SELECT} WHERE leaf_index IS NULL ORDER BY {', '.join(_KEY)} LIMIT :limit")
_RECORDED_AT = Statement("SELECT recorded_at FROM ledger_entry WHERE leaf_index = :place")
_UNPLACED = Statement(
    "SELECT min(recorded_at) FROM"
    " (SELECT recorded_at FROM ledger_entry WHERE leaf_index IS NULL LIMIT :limit) AS unplaced"
)
_MOST_LOOKED_AT = 10_000
_SEALED = Statement(f"{_SELECT} WHERE leaf_index >= :begin AND leaf_index < :end ORDER BY leaf_index")
_SEALED_OF = Statement(f"{_SELECT} WHERE account_id = :account_id AND contact_id = :contact_id AND leaf_index < :end")


class SealedEntry(NamedTuple):
    """An entry's place in the tree."""

    account_id: int
    contact_id: int
    sequence: int
    leaf_index: int
    leaf_hash: bytes
    commitment: str | None


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    size: int
    root: bytes
    note: str
    sealed_at: datetime


def lock_tree(connection: Connection) -> Frontier:
    """The tree as it is sealed, locked: there is one sealer at a time, in any number of processes."""
    return _frontier(connection.execute(select(tree).with_for_update()).one())


def load_frontier(connection: Connection) -> Frontier:
    """The tree as it is sealed, to look at."""
    return _frontier(connection.execute(select(tree)).one())


def load_size(connection: Connection) -> int:
    """How many entries are sealed."""
    return int(connection.execute(select(tree.c.size)).scalar_one())


def find_unsealed(connection: Connection, limit: int) -> list[LogRow]:
    """Entries without a place, each contact's in their order. None is passed over, however late it was committed."""
    return [LogRow._make(row) for row in _FIND_UNSEALED.rows(connection, {"limit": limit})]


def find_oldest_unsigned(connection: Connection, signed: int) -> datetime | None:
    """When the oldest entry was recorded that is not among the first `signed` of the tree; None if all are.

    Of entries without a place some thousands are looked at: who has more of them has other worries.
    """
    first = _RECORDED_AT.scalar(connection, {"place": signed})
    others = _UNPLACED.scalar(connection, {"limit": _MOST_LOOKED_AT})
    found = [instant for instant in (first, others) if instant is not None]
    return from_microseconds(min(found)) if found else None


def seal(connection: Connection, entries: Iterable[SealedEntry]) -> None:
    """Give entries their places."""
    rows = [
        {
            "account_id": entry.account_id,
            "contact_id": entry.contact_id,
            "sequence": entry.sequence,
            "leaf_index": entry.leaf_index,
            "leaf_hash": entry.leaf_hash.hex(),
            "commitment": entry.commitment,
        }
        for entry in entries
    ]
    bulk.update(connection, ledger_entry, rows, key=_KEY)


def save_tree(connection: Connection, frontier: Frontier, completed: Iterable[tuple[int, int, bytes]]) -> None:
    """Keep how far the tree has grown, and of its new inner nodes those that are kept."""
    nodes = [
        {"level": level, "position": position, "hash": hashed.hex()}
        for level, position, hashed in completed
        if level % STORED_LEVELS == 0
    ]
    bulk.insert(connection, tree_node, nodes)
    connection.execute(update(tree).values(size=frontier.size, frontier=b"".join(frontier.hashes).hex()))


def node_source(connection: Connection) -> Callable[[int, int], bytes]:
    """Any complete node of the sealed tree, made of those that are kept. LookupError if it is not there."""
    kept: dict[tuple[int, int], bytes] = {}

    def node(level: int, position: int) -> bytes:
        base = level - level % STORED_LEVELS
        begin, end = position << (level - base), (position + 1) << (level - base)
        if any((base, place) not in kept for place in range(begin, end)):
            kept.update(_load_level(connection, base, begin, end))
        hashes = [kept[base, place] for place in range(begin, end)]
        while len(hashes) > 1:
            hashes = [node_hash(left, right) for left, right in zip(hashes[::2], hashes[1::2], strict=True)]
        return hashes[0]

    return node


def find_secrets(connection: Connection, contacts: Iterable[ContactId]) -> dict[ContactId, bytes]:
    """The secrets of these contacts; those of erased ones are gone."""
    wanted = [{"account_id": account_id, "contact_id": contact_id} for account_id, contact_id in sorted(set(contacts))]
    found = bulk.find(connection, contact_secret, wanted)
    return {(row.account_id, row.contact_id): bytes.fromhex(row.secret) for row in found}


def make_secrets(connection: Connection, contacts: Iterable[ContactId]) -> dict[ContactId, bytes]:
    """The secrets of these contacts; who has none yet is given one."""
    wanted = set(contacts)
    known = find_secrets(connection, wanted)
    made = {key: new_secret(SECRET_BYTES) for key in sorted(wanted - known.keys())}
    rows = [{"account_id": a, "contact_id": c, "secret": secret.hex()} for (a, c), secret in made.items()]
    bulk.insert(connection, contact_secret, rows)
    return known | made


def add_checkpoint(connection: Connection, signed: SignedCheckpoint) -> None:
    """Keep a signed checkpoint. A second one of the same size is refused by the schema."""
    values = {"size": signed.size, "root": signed.root.hex(), "note": signed.note, "sealed_at": signed.sealed_at}
    connection.execute(checkpoint.insert().values(values))


def last_checkpoint(connection: Connection) -> SignedCheckpoint | None:
    row = connection.execute(select(checkpoint).order_by(checkpoint.c.size.desc()).limit(1)).first()
    return _checkpoint(row) if row else None


def find_around(
    connection: Connection, since: datetime | None, until: datetime | None
) -> tuple[SignedCheckpoint, SignedCheckpoint] | None:
    """The last checkpoint before `since`, or else the first, and the first after `until`, or else the last.

    None if there is none, or none before `until` that is not older than the first of the two.
    """
    c, first, last = checkpoint.c, None, None
    if since is not None:
        first = connection.execute(select(func.max(c.size)).where(c.sealed_at <= since)).scalar()
    if until is not None:
        last = connection.execute(select(func.min(c.size)).where(c.sealed_at >= until)).scalar()
    from_on = select(checkpoint).where(c.size >= (first or 0)).order_by(c.size).limit(1)
    up_to = select(checkpoint).order_by(c.size.desc()).limit(1)
    if last is not None:
        up_to = up_to.where(c.size <= last)
    begin, end = connection.execute(from_on).first(), connection.execute(up_to).first()
    if begin is None or end is None or begin.size > end.size:
        return None
    return _checkpoint(begin), _checkpoint(end)


def next_checkpoints(connection: Connection, after: int, limit: int) -> list[SignedCheckpoint]:
    """Checkpoints of more than `after` entries, in the order of their sizes, at most `limit`."""
    found = select(checkpoint).where(checkpoint.c.size > after).order_by(checkpoint.c.size).limit(limit)
    return [_checkpoint(row) for row in connection.execute(found)]


def find_nodes(connection: Connection, wanted: Iterable[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
    """Inner nodes as they are kept, by level and position; those that are not there are absent."""
    keys = [{"level": level, "position": position} for level, position in wanted]
    return {(row.level, row.position): bytes.fromhex(row.hash) for row in bulk.find(connection, tree_node, keys)}


def sealed_entries(connection: Connection, begin: int, end: int) -> list[LogRow]:
    """The entries at the places from `begin` on and before `end`, in that order."""
    return [LogRow._make(row) for row in _SEALED.rows(connection, {"begin": begin, "end": end})]


def sealed_entries_of(connection: Connection, contacts: Iterable[ContactId], end: int) -> list[LogRow]:
    """The entries of some contacts at places before `end`, in the order of their places."""
    found = [row for account_id, contact_id in contacts for row in _sealed_of(connection, account_id, contact_id, end)]
    return sorted(found, key=lambda row: row.place)


def _sealed_of(connection: Connection, account_id: int, contact_id: int, end: int) -> Iterator[LogRow]:
    values = {"account_id": account_id, "contact_id": contact_id, "end": end}
    return map(LogRow._make, _SEALED_OF.rows(connection, values))


def _load_level(connection: Connection, level: int, begin: int, end: int) -> dict[tuple[int, int], bytes]:
    if level == 0:
        leaves = select(ledger_entry.c.leaf_index, ledger_entry.c.leaf_hash).where(
            ledger_entry.c.leaf_index >= begin, ledger_entry.c.leaf_index < end
        )
        return {(0, index): bytes.fromhex(hashed) for index, hashed in connection.execute(leaves)}
    nodes = select(tree_node.c.position, tree_node.c.hash).where(
        tree_node.c.level == level, tree_node.c.position >= begin, tree_node.c.position < end
    )
    return {(level, position): bytes.fromhex(hashed) for position, hashed in connection.execute(nodes)}


def _frontier(row: Row[Any]) -> Frontier:
    hashes = bytes.fromhex(row.frontier)
    return Frontier(row.size, [hashes[i : i + HASH_BYTES] for i in range(0, len(hashes), HASH_BYTES)])


def _checkpoint(row: Row[Any]) -> SignedCheckpoint:
    return SignedCheckpoint(row.size, bytes.fromhex(row.root), row.note, row.sealed_at)
