"""What came of sends: those that are still watched, and the counts. All of it can be told again from the log.

It is taken in the order of the tree, each entry once, so that the counts are exact whoever takes them and how often.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from json import loads
from typing import Any

from sqlalchemy import Connection

from botapp.policy.experiments.book import KINDS
from botapp.policy.experiments.outcome import Cell, ContactId, Counts, Entry, Measure, Send
from botapp.storage import bulk
from botapp.storage.schema import observed_send, outcome_count
from botapp.storage.statement import Statement

_KEY = ("account_id", "contact_id", "silence_at")
_CELL = ("account_id", "rule_name", "rule_version", "variant", "is_held_out")
_MEASURES = {measure.value: measure for measure in Measure}  # read for every plan
_STATE = ("begun_at", "window_length", "was_ignored_before", "is_sent", "is_matured", "seen")
_OPEN = f"SELECT {', '.join((*_KEY, *_CELL[1:], *_STATE))} FROM observed_send WHERE "  # noqa: S608  names are our schema's
_DUE = Statement(f"{_OPEN}next_look_at <= :clock ORDER BY next_look_at LIMIT :limit")
_ALL = Statement(f"{_OPEN}true ORDER BY {', '.join(_KEY)}")
_PROGRESS = Statement("SELECT taken, clock FROM outcome_progress")
_TAKE = Statement("UPDATE outcome_progress SET taken = :end, clock = :clock WHERE taken = :begin")
_ENTRIES = Statement(
    "SELECT account_id, contact_id, kind, recorded_at, occurred_at, subject_at, reason, details FROM ledger_entry"  # noqa: S608  the same
    " WHERE leaf_index >= :begin AND leaf_index < :end AND contact_id <> 0"
    f" AND kind IN ({', '.join(repr(kind) for kind in KINDS)}) ORDER BY leaf_index"
)
_COUNTS = "SELECT account_id, rule_name, rule_version, variant, is_held_out, measure, sends FROM outcome_count"
_COUNTS_OF_PAGE = Statement(f"{_COUNTS} WHERE account_id = :account_id AND sends <> 0")
_ALL_COUNTS = Statement(f"{_COUNTS} WHERE sends <> 0")


def load_progress(connection: Connection) -> tuple[int, int]:
    """How many entries were taken, those at the first places of the tree, and their clock."""
    taken, clock = _PROGRESS.rows(connection)[0]
    return int(taken), int(clock)


def advance(connection: Connection, begin: int, end: int, clock: int) -> bool:
    """Note that entries up to a place are taken; False if another process was quicker."""
    return _TAKE.run(connection, {"begin": begin, "end": end, "clock": clock}) == 1


def load_entries(connection: Connection, begin: int, end: int) -> list[Entry]:
    """Those of the tree's places that outcomes are told by, in its order."""
    rows = _ENTRIES.rows(connection, {"begin": begin, "end": end})
    return [_entry(*row) for row in rows]


def load_open(connection: Connection, contacts: Iterable[ContactId]) -> list[Send]:
    """The watched sends of these contacts."""
    wanted = [{"account_id": account_id, "contact_id": contact_id} for account_id, contact_id in contacts]
    return _read(_of_contacts(connection.dialect.name).rows(connection, {"rows": bulk.encode(wanted)}))


def load_due(connection: Connection, clock: int, limit: int) -> list[Send]:
    """Those about which the clock changes something."""
    return _read(_DUE.rows(connection, {"clock": clock, "limit": limit}))


def load_all_open(connection: Connection) -> list[Send]:
    """Every one that is watched."""
    return _read(_ALL.rows(connection))


def save(connection: Connection, kept: Iterable[Send], gone: Iterable[Send]) -> None:
    """Watch these, and those no longer."""
    bulk.upsert(connection, observed_send, [_row(send) for send in kept], key=_KEY)
    keys = [{name: getattr(send, name) for name in _KEY} for send in gone]
    if keys:
        _forget(connection.dialect.name).run(connection, {"rows": bulk.encode(keys)})


def add(connection: Connection, changes: Counts) -> None:
    """Change the counts by so much."""
    rows = [
        {**dict(zip(_CELL, cell, strict=True)), "measure": measure.value, "sends": number}
        for (cell, measure), number in sorted(changes.items())
    ]
    bulk.add(connection, outcome_count, rows, key=(*_CELL, "measure"))


def load_counts(connection: Connection, account_id: int | None = None) -> Counts:
    """What is counted of a page, or of all. What was never seen is absent."""
    if account_id is None:
        return _read_counts(_ALL_COUNTS.rows(connection))
    return _read_counts(_COUNTS_OF_PAGE.rows(connection, {"account_id": account_id}))


def _entry(account_id: int, contact_id: int, kind: str, recorded_at: int, *rest: Any) -> Entry:  # noqa: ANN401  the columns
    occurred_at, subject_at, reason, details = rest
    return Entry(account_id, contact_id, kind, recorded_at, occurred_at, subject_at, reason, loads(details))


def _read(rows: Sequence[Sequence[Any]]) -> list[Send]:
    return [_send(*row) for row in rows]


def _send(account_id: int, contact_id: int, silence_at: int, *rest: Any) -> Send:  # noqa: ANN401  the columns
    rule, version, variant, is_held_out, begun_at, window, *flags, seen = rest
    cell = Cell(account_id, rule, version, variant, bool(is_held_out))
    was_ignored, is_sent, is_matured = map(bool, flags)
    measures = frozenset(map(Measure, seen.split()))
    return Send(account_id, contact_id, silence_at, cell, begun_at, window, was_ignored, is_sent, is_matured, measures)


def _row(send: Send) -> Mapping[str, Any]:
    return {
        "contact_id": send.contact_id,
        "silence_at": send.silence_at,
        **dict(zip(_CELL, send.cell, strict=True)),
        "begun_at": send.begun_at,
        "window_length": send.window,
        "was_ignored_before": send.was_ignored_before,
        "is_sent": send.is_sent,
        "is_matured": send.is_matured,
        "seen": " ".join(sorted(send.seen)),
        "next_look_at": send.next_look_at,
    }


def _read_counts(rows: Sequence[Sequence[Any]]) -> Counts:
    found = Counts()
    for account_id, rule, version, variant, is_held_out, measure, number in rows:
        cell = Cell(account_id, rule, version, variant, bool(is_held_out))
        found[cell, _MEASURES[measure]] = int(number)
    return found


@lru_cache
def _of_contacts(dialect: str) -> Statement:
    condition = bulk.is_among(observed_send, ("account_id", "contact_id"), dialect)
    return Statement(f"{_OPEN}{condition}")


@lru_cache
def _forget(dialect: str) -> Statement:
    return Statement(f"DELETE FROM observed_send WHERE {bulk.is_among(observed_send, _KEY, dialect)}")  # noqa: S608  the same
