"""Reads the sealed log for people: searches, newest first, a page at a time.

A search is merged from the newest entries of each page, kind and reason that the tally knows to occur: a few looks into
an index each, whatever is searched for. There is no counting over the log and no skipping of rows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, select, union_all

from botapp.storage import tally
from botapp.storage.schema import ledger_entry
from botapp.storage.standing import ContactId
from botapp.storage.statement import Statement
from botapp.storage.tally import Filter, Tally
from botapp.storage.tree import LogRow

_MOST_BRANCHES = 200  # SQLite takes 500; beyond this many, what is meant is not rare and found by walking
_Places = Select[tuple[int]]


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry without what it hides."""

    account_id: int
    contact_id: int  # 0: the page itself
    sequence: int
    kind: str
    occurred_at: datetime | None
    recorded_at: datetime
    reason: str | None
    subject_at: datetime | None
    details: str  # JSON
    leaf_index: int | None  # None: not sealed yet


_E = ledger_entry.c
_BY_CONTACT = Statement(
    f"SELECT {', '.join(LogRow._fields)} FROM ledger_entry"  # noqa: S608  our schema's names
    " WHERE (account_id, contact_id, sequence) > (:account_id, :contact_id, :sequence)"
    " ORDER BY account_id, contact_id, sequence LIMIT :limit"
)
_COLUMNS = [ledger_entry.c[name] for name in StoredEntry.__slots__]


def search(connection: Connection, wanted: Filter, before: int | None, limit: int) -> list[StoredEntry]:
    """Sealed entries at places below `before` (None: from the newest on), the latest place first, at most `limit`."""
    found = connection.execute(search_statement(connection, wanted, before, limit)).scalars().all()
    rows = connection.execute(select(*_COLUMNS).where(_E.leaf_index.in_(found)).order_by(_E.leaf_index.desc()))
    return [StoredEntry(*row) for row in rows]


def search_statement(connection: Connection, wanted: Filter, before: int | None, limit: int) -> Select[tuple[int]]:
    """Finds the places of what is searched for."""
    counted = tally.load_counted(connection)
    tail = _matching(wanted).where(_E.leaf_index >= counted)
    branches = [tail, *_counted(tally.load_tallies(connection, wanted), wanted, counted)]
    if before is not None:
        branches = [branch.where(_E.leaf_index < before) for branch in branches]
    places = [branch.order_by(_E.leaf_index.desc()).limit(limit).subquery() for branch in branches]
    merged = union_all(*(select(place) for place in places)).subquery()
    return select(merged.c.leaf_index).order_by(merged.c.leaf_index.desc()).limit(limit)


def entries_of(
    connection: Connection, contact: ContactId, before: int | None, limit: int, *, kinds: Sequence[str] = ()
) -> list[StoredEntry]:
    """A contact's entries with numbers below `before`, sealed or not, the latest first, at most `limit`."""
    found = select(*_COLUMNS).where(_E.account_id == contact[0], _E.contact_id == contact[1])
    if before is not None:
        found = found.where(_E.sequence < before)
    if kinds:
        found = found.where(_E.kind.in_(kinds))
    return [StoredEntry(*row) for row in connection.execute(found.order_by(_E.sequence.desc()).limit(limit))]


def find_entry(connection: Connection, contact: ContactId, sequence: int) -> Row[Any] | None:
    """The whole row of one entry, with what it hides."""
    is_it = (_E.account_id == contact[0], _E.contact_id == contact[1], _E.sequence == sequence)
    return connection.execute(select(ledger_entry).where(*is_it)).first()


def next_by_contact(connection: Connection, after: tuple[int, int, int], limit: int) -> list[LogRow]:
    """All entries, each contact's in their order, from behind one (account, contact, number) on, at most `limit`."""
    account_id, contact_id, sequence = after
    values = {"account_id": account_id, "contact_id": contact_id, "sequence": sequence, "limit": limit}
    return [LogRow._make(row) for row in _BY_CONTACT.rows(connection, values)]


def _counted(tallies: Sequence[Tally], wanted: Filter, counted: int) -> Iterator[_Places]:
    """A branch for each page and kind; where a reason is asked for, for each page, reason and kind."""
    if not tallies:
        return
    below = min(counted, max(t.last_index for t in tallies) + 1)
    from_on = min(t.first_index for t in tallies)
    if wanted.is_open or len(tallies) > _MOST_BRANCHES:
        yield _matching(wanted).where(_E.leaf_index >= from_on, _E.leaf_index < below)
        return
    bounds: dict[tuple[int, str, str], tuple[int, int]] = {}
    for t in tallies:
        key = (t.account_id, t.kind, t.reason if wanted.reasons else "")
        first, last = bounds.get(key, (t.first_index, t.last_index))
        bounds[key] = min(first, t.first_index), max(last, t.last_index)
    for (account_id, kind, reason), (first, last) in bounds.items():
        branch = _recorded(wanted).where(_E.account_id == account_id, _E.kind == kind)
        if reason:
            branch = branch.where(_E.reason == reason)
        # What was counted since `counted` was read is found in the tail as well.
        yield branch.where(_E.leaf_index >= first, _E.leaf_index < min(last + 1, counted))


def _matching(wanted: Filter) -> _Places:
    return _recorded(wanted).where(*tally.conditions_on(ledger_entry, wanted))


def _recorded(wanted: Filter) -> _Places:
    conditions: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        conditions.append(_E.recorded_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(_E.recorded_at < wanted.until)
    return select(_E.leaf_index).where(*conditions)
