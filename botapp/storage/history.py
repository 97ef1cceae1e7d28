"""Reads what is on record of many contacts at once: their entries in order, and the facts known of them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import Connection

from botapp.policy.fact import Fact
from botapp.storage.statement import Statement
from botapp.storage.times import from_microseconds

_SLICE_END = Statement(
    "SELECT id FROM contact WHERE account_id = :account_id AND id > :after ORDER BY id LIMIT 1 OFFSET :passed_over"
)
_LAST = Statement("SELECT id FROM contact WHERE account_id = :account_id AND id > :after ORDER BY id DESC LIMIT 1")
_COUNT = Statement("SELECT count(*) FROM contact WHERE account_id = :account_id")
_FACTS = Statement(
    "SELECT contact_id, name, value, confidence_percent, observed_at, expires_at FROM fact"
    " WHERE account_id = :account_id AND contact_id > :after AND contact_id <= :last"
)


class HistoryRow(NamedTuple):
    """An entry without what it hides; instants in microseconds."""

    contact_id: int
    sequence: int
    kind: str
    recorded_at: int
    occurred_at: int | None
    reason: str | None
    subject_at: int | None
    details: str  # JSON


@dataclass(frozen=True, slots=True)
class Slice:
    """Contacts of a page by their ids: behind one, up to another."""

    account_id: int
    after: int
    last: int


@dataclass(frozen=True, slots=True)
class DatedFact:
    """A fact, and since when it is known. What was known before it is not."""

    fact: Fact
    observed_at: datetime


def next_slice(connection: Connection, account_id: int, after: int, contacts: int) -> Slice | None:
    """The next so many contacts, or those that are left; None if there are none."""
    values = {"account_id": account_id, "after": after}
    found = _SLICE_END.scalar(connection, {**values, "passed_over": contacts - 1}) or _LAST.scalar(connection, values)
    return None if found is None else Slice(account_id, after, int(found))


def count_contacts(connection: Connection, account_id: int) -> int:
    """Of a page."""
    return int(_COUNT.scalar(connection, {"account_id": account_id}))


def load_entries(
    connection: Connection, part: Slice, kinds: Iterable[str], until: datetime
) -> dict[int, list[HistoryRow]]:
    """By contact, in their order: those of these kinds that were recorded before an instant."""
    values = {"account_id": part.account_id, "after": part.after, "last": part.last, "until": until}
    found: dict[int, list[HistoryRow]] = defaultdict(list)
    for row in _entries(tuple(sorted(kinds))).rows(connection, values):
        found[row[0]].append(HistoryRow._make(row))
    return found


def load_facts(connection: Connection, part: Slice) -> dict[int, dict[str, DatedFact]]:
    """By contact and name."""
    values = {"account_id": part.account_id, "after": part.after, "last": part.last}
    found: dict[int, dict[str, DatedFact]] = defaultdict(dict)
    for contact_id, name, value, percent, observed_at, expires_at in _FACTS.rows(connection, values):
        expires = None if expires_at is None else from_microseconds(expires_at)
        found[contact_id][name] = DatedFact(Fact(value, percent, expires), from_microseconds(observed_at))
    return found


@lru_cache
def _entries(kinds: Sequence[str]) -> Statement:
    named = ", ".join(f"'{kind}'" for kind in kinds)
    return Statement(
        f"SELECT {', '.join(HistoryRow._fields)} FROM ledger_entry"  # noqa: S608  names and kinds are ours
        " WHERE account_id = :account_id AND contact_id > :after AND contact_id <= :last"
        f" AND recorded_at < :until AND kind IN ({named}) ORDER BY contact_id, sequence"
    )
