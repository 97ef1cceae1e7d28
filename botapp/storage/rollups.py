"""The counts behind the marketers' overview, and the contacts of whom something may still change them.

Written by whoever takes the next entries of the log's tree; each entry is taken once.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from json import dumps, loads
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table

from botapp.policy.analytics.course import Course, Stage
from botapp.policy.analytics.funnel import (
    KINDS,
    Counts,
    Followed,
    FunnelBook,
    Losses,
    LossSlot,
    Note,
    SendKey,
    Slot,
    by_days,
)
from botapp.policy.experiments.outcome import Cell, ContactId, Entry, Measure, Send
from botapp.storage import bulk
from botapp.storage.schema import reengagement, rollup, rollup_contact, rollup_day, rollup_loss, rollup_loss_day
from botapp.storage.schema.rollups import MEASURES
from botapp.storage.statement import Statement

_SLOT = ("account_id", "split", "hour", "bucket", "rule_name", "rule_version")
_LOSS_SLOT = ("account_id", "hour", "rule_name", "rule_version", "stage", "reason")
_CONTACT = ("account_id", "contact_id")
_SILENCE = (*_CONTACT, "interaction_at")
_ONE_MOMENT = Statement("SELECT 1", postgresql="SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")  # SQLite: always so
_PROGRESS = Statement("SELECT round, taken, clock FROM rollup_progress")
_TAKE = Statement("UPDATE rollup_progress SET round = round + 1, taken = :taken, clock = :clock WHERE round = :round")
_NEXT_ROUND = Statement("UPDATE rollup_progress SET round = round + 1")
_HOURS, _DAYS = (rollup, rollup_loss), (rollup_day, rollup_loss_day)
_FORGET_ALL = (
    Statement("UPDATE rollup_progress SET round = round + 1, taken = 0, clock = 0"),
    *(Statement(f"DELETE FROM {table.name}") for table in (*_HOURS, *_DAYS, rollup_contact)),  # noqa: S608  names are ours
)
_ENTRIES = Statement(
    "SELECT account_id, contact_id, kind, recorded_at, occurred_at, subject_at, reason, details FROM ledger_entry"  # noqa: S608  names are ours
    " WHERE leaf_index >= :begin AND leaf_index < :end AND contact_id <> 0"
    f" AND kind IN ({', '.join(repr(kind) for kind in KINDS)}) ORDER BY leaf_index"
)
_FOLLOWED = "SELECT account_id, contact_id, state FROM rollup_contact WHERE "
_DUE = Statement(f"{_FOLLOWED}next_look_at <= :clock ORDER BY next_look_at LIMIT :limit")


class Progress(NamedTuple):
    """How far the counts have come."""

    round: int
    taken: int  # entries: those at the first places of the tree
    clock: int  # of those entries


def see_one_moment(connection: Connection) -> None:
    """Before anything is read: all is read as it is at one moment, whatever is committed meanwhile."""
    _ONE_MOMENT.send(connection)


def load_progress(connection: Connection) -> Progress:
    """Where the counts are."""
    return Progress._make(map(int, _PROGRESS.rows(connection)[0]))


def take(connection: Connection, before: Progress, taken: int, clock: int) -> bool:
    """Note how far the counts have come; False if another process was quicker."""
    return _TAKE.run(connection, {"round": before.round, "taken": taken, "clock": clock}) == 1


def forget_all(connection: Connection) -> None:
    """Throw everything away, as if no entry had been taken. The round goes on, so that whoever is at it notices."""
    for statement in _FORGET_ALL:
        statement.run(connection)


def load_entries(connection: Connection, begin: int, end: int) -> list[Entry]:
    """Those of the tree's places that are counted by, in its order."""
    rows = _ENTRIES.rows(connection, {"begin": begin, "end": end})
    return [_entry(*row) for row in rows]


def load_followed(connection: Connection, contacts: Iterable[ContactId]) -> list[Followed]:
    """What is known of these contacts."""
    wanted = [dict(zip(_CONTACT, each, strict=True)) for each in contacts]
    return _read(_of_contacts(connection.dialect.name).rows(connection, {"rows": bulk.encode(wanted)}))


def load_due(connection: Connection, clock: int, limit: int) -> list[Followed]:
    """Those about whom the clock changes something, at most `limit`."""
    return _read(_DUE.rows(connection, {"clock": clock, "limit": limit}))


def save(connection: Connection, kept: Iterable[Followed], gone: Iterable[ContactId]) -> None:
    """Follow these on, and those no longer."""
    rows = [
        {**dict(zip(_CONTACT, each.contact, strict=True)), "next_look_at": each.next_look_at, "state": _written(each)}
        for each in kept
    ]
    bulk.upsert(connection, rollup_contact, rows, key=_CONTACT)
    keys = [dict(zip(_CONTACT, each, strict=True)) for each in gone]
    if keys:
        _forget(connection.dialect.name).run(connection, {"rows": bulk.encode(keys)})


def forget_intents(connection: Connection, contact: ContactId) -> None:
    """Of an erased contact: what they had asked about is counted as not known, and no longer kept with their number."""
    _NEXT_ROUND.run(connection)  # whoever has looked it up right now begins again
    followed = load_followed(connection, [contact])
    asked = [(*contact, send.silence_at) for each in followed for send, note in each.sends if note.intent]
    if not asked:
        return
    book = FunnelBook(0, 0, followed)  # no entry is taken: lengths and clocks do not matter
    book.note_intents({}, asked)
    save(connection, book.followed(), [])
    add(connection, *book.changes())


def add(connection: Connection, counts: Counts, losses: Losses) -> None:
    """Change the numbers of hours by so much, and with them those of their days."""
    _add(connection, _HOURS, counts, losses)
    _add(connection, _DAYS, *by_days(counts, losses))


def load_all(connection: Connection) -> tuple[Counts, Losses]:
    """Every number of an hour that is not zero."""
    return _load(connection, *_HOURS)


def load_days(connection: Connection) -> tuple[Counts, Losses]:
    """Every number of a whole day that is not zero, under the day's first hour."""
    return _load(connection, *_DAYS)


def find_intents(connection: Connection, sends: Iterable[SendKey]) -> dict[SendKey, str]:
    """Which entry of the FAQ the customer's last question before each was answered with; those that had none lack."""
    wanted = _silences(sends)
    return {(a, c, at): str(about) for a, c, at, about in _intents(connection.dialect.name).rows(connection, wanted)}


def find_receipts(connection: Connection, sends: Iterable[SendKey]) -> dict[SendKey, tuple[str, ...]]:
    """Which of them were delivered, and seen, as far as the platform has said so."""
    found = {}
    for *key, delivered_at, read_at in _receipts(connection.dialect.name).rows(connection, _silences(sends)):
        said = (("delivered", delivered_at or read_at), ("seen", read_at))
        found[key[0], key[1], key[2]] = tuple(name for name, at in said if at is not None)
    return found


def _add(connection: Connection, tables: tuple[Table, Table], counts: Counts, losses: Losses) -> None:
    by_slot: dict[Slot, dict[str, int]] = defaultdict(dict)
    for (slot, measure), number in counts.items():
        by_slot[slot][measure] = number
    none = dict.fromkeys(MEASURES, 0)
    rows = [{**dict(zip(_SLOT, slot, strict=True)), **none, **by_slot[slot]} for slot in sorted(by_slot)]
    lost = [{**dict(zip(_LOSS_SLOT, slot, strict=True)), "windows": losses[slot]} for slot in sorted(losses)]
    bulk.add(connection, tables[0], rows, key=_SLOT)
    bulk.add(connection, tables[1], lost, key=_LOSS_SLOT)


def _load(connection: Connection, of_counts: Table, of_losses: Table) -> tuple[Counts, Losses]:
    counts, losses = Counts(), Losses()
    for row in _numbers(of_counts, (*_SLOT, *MEASURES)).rows(connection):
        slot = Slot._make(row[: len(_SLOT)])
        counts.update({(slot, name): int(n) for name, n in zip(MEASURES, row[len(_SLOT) :], strict=True) if n})
    for row in _numbers(of_losses, (*_LOSS_SLOT, "windows")).rows(connection):
        losses.update({LossSlot._make(row[:-1]): int(row[-1])} if row[-1] else {})
    return counts, losses


def _entry(account_id: int, contact_id: int, kind: str, recorded_at: int, *rest: Any) -> Entry:  # noqa: ANN401  the columns
    occurred_at, subject_at, reason, details = rest
    return Entry(account_id, contact_id, kind, recorded_at, occurred_at, subject_at, reason, loads(details))


def _silences(sends: Iterable[SendKey]) -> dict[str, str]:
    return {"rows": bulk.encode(dict(zip(_SILENCE, key, strict=True)) for key in sends)}


def _read(rows: Sequence[Sequence[Any]]) -> list[Followed]:
    return [_followed((int(account_id), int(contact_id)), loads(state)) for account_id, contact_id, state in rows]


def _written(followed: Followed) -> str:
    """Short: there is one for each customer who wrote in the last days."""
    course = followed.course
    told = None
    if course is not None:
        ends = (course.opened_at, course.last_at, course.ends_at, course.stage.value)
        told = [*ends, course.rule, course.version, course.reason, course.silence_at]
    sends = [[*_of_send(send), note.language, note.intent, note.receipts] for send, note in followed.sends]
    return dumps([told, sends], separators=(",", ":"))


def _of_send(send: Send) -> list[Any]:
    flags = [send.was_ignored_before, send.is_sent, send.is_matured]
    return [send.silence_at, *send.cell[1:], send.begun_at, send.window, *map(int, flags), " ".join(sorted(send.seen))]


def _followed(key: ContactId, state: list[Any]) -> Followed:
    told, sends = state
    course = None
    if told is not None:
        opened_at, last_at, ends_at, stage, rule, version, reason, silence_at = told
        course = Course(opened_at, last_at, ends_at, Stage(stage), rule, version, reason, silence_at)
    return Followed(key, course, tuple(_noted(key, each) for each in sends))


def _noted(key: ContactId, stored: list[Any]) -> tuple[Send, Note]:
    silence_at, rule, version, variant, is_held_out, begun_at, window, *rest = stored
    ignored, is_sent, is_matured, seen, language, intent, receipts = rest
    cell = Cell(key[0], rule, version, variant, bool(is_held_out))
    flags = (bool(ignored), bool(is_sent), bool(is_matured))
    send = Send(*key, silence_at, cell, begun_at, window, *flags, frozenset(map(Measure, seen.split())))
    return send, Note(language, intent, None if receipts is None else tuple(receipts))


@lru_cache
def _numbers(table: Table, columns: tuple[str, ...]) -> Statement:
    return Statement(f"SELECT {', '.join(columns)} FROM {table.name}")  # noqa: S608  names are ours


@lru_cache
def _of_contacts(dialect: str) -> Statement:
    return Statement(f"{_FOLLOWED}{bulk.is_among(rollup_contact, _CONTACT, dialect)}")


@lru_cache
def _forget(dialect: str) -> Statement:
    return Statement(f"DELETE FROM rollup_contact WHERE {bulk.is_among(rollup_contact, _CONTACT, dialect)}")  # noqa: S608  names are ours


@lru_cache
def _receipts(dialect: str) -> Statement:
    condition = bulk.is_among(reengagement, _SILENCE, dialect)
    return Statement(f"SELECT {', '.join(_SILENCE)}, delivered_at, read_at FROM reengagement WHERE {condition}")  # noqa: S608  the same


@lru_cache
def _intents(dialect: str) -> Statement:
    """What the newest answer to each contact was about. A `?` marks a first question whose answer is not there yet."""
    last = (
        "SELECT about FROM reply WHERE reply.account_id = source.account_id AND reply.contact_id = source.contact_id"
        " AND about IS NOT NULL AND about <> '?' AND kind <> 'offered' ORDER BY position DESC LIMIT 1"
    )
    rows = bulk.source(reengagement, _SILENCE, dialect)
    return Statement(
        f"SELECT account_id, contact_id, interaction_at, about FROM"  # noqa: S608  the same
        f" (SELECT account_id, contact_id, interaction_at, ({last}) AS about FROM {rows}) AS asked"
        " WHERE about IS NOT NULL"
    )
