"""Answers to what customers write: one an event, in order within a contact."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, func, select

from botapp.storage import bulk, moves
from botapp.storage.reengagements import State
from botapp.storage.schema import reply
from botapp.storage.statement import Answer, Columns, Statement


@dataclass(frozen=True, slots=True)
class ReplyKey:
    account_id: int
    contact_id: int
    event_key: str


@dataclass(frozen=True, slots=True)
class Reply:
    key: ReplyKey
    state: State
    position: int
    kind: str
    language: str | None
    until: datetime | None
    planned_at: datetime
    claim_token: str | None
    claimed_at: datetime | None
    releases: int
    message_id: str | None


_KEY_COLUMNS = ("account_id", "contact_id", "event_key")
_COLUMNS = Columns(
    reply,
    *_KEY_COLUMNS,
    "state",
    "position",
    "kind",
    "language",
    "until",
    "planned_at",
    "claim_token",
    "claimed_at",
    "releases",
    "message_id",
)
# States stand in the statements as they are and not as parameters: only then can a partial index serve them.
_SELECT = f"SELECT {_COLUMNS.names} FROM reply WHERE "  # noqa: S608  names are our schema's
_OF_CONTACT = "account_id = :account_id AND contact_id = :contact_id"
_FIND = Statement(f"{_SELECT}{_OF_CONTACT} AND event_key = :event_key")
_LOAD_ALL = Statement(f"{_SELECT}{_OF_CONTACT} ORDER BY position")
_ANY_OPEN = Statement(f"SELECT 1 FROM reply WHERE {_OF_CONTACT} AND state IN ('planned', 'claimed') LIMIT 1")  # noqa: S608  the same
_WAITING = (
    "state IN ('planned', 'claimed') AND state = 'planned'"
    " AND not_before <= :now AND (leased_until IS NULL OR leased_until <= :now) AND NOT EXISTS"
    " (SELECT 1 FROM reply earlier WHERE earlier.account_id = reply.account_id"
    " AND earlier.contact_id = reply.contact_id AND earlier.state IN ('planned', 'claimed')"
    " AND earlier.position < reply.position)"
)
_ANY_WAITING = Statement(f"SELECT 1 FROM reply WHERE {_WAITING} LIMIT 1")  # noqa: S608  the same
_LEASE = moves.leasing(reply, _KEY_COLUMNS, _WAITING, ["planned_at", "position"])
_STALE_CLAIMS = Statement(
    f"{_SELECT}state IN ('planned', 'claimed') AND state = 'claimed' AND claimed_at < :claimed_before"
    " ORDER BY claimed_at LIMIT :limit"
)


def store_new(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Plan answers; an event that has one already gets no second."""
    bulk.insert_new(connection, reply, rows)


def any_waiting(connection: Connection, now: datetime) -> bool:
    """Whether an answer could be leased now."""
    return _ANY_WAITING.first(connection, {"now": now}) is not None


def lease(connection: Connection, now: datetime, leased_until: datetime, limit: int) -> list[ReplyKey]:
    """Take up to `limit` answers, the oldest first and only the first open one of each contact."""
    leased = _LEASE.rows(connection, {"now": now, "leased_until": leased_until, "limit": limit})
    return [ReplyKey(*row[:3]) for row in sorted(leased, key=lambda row: row[3:])]


def find(connection: Connection, key: ReplyKey) -> Reply | None:
    """The answer to this event."""
    return next(iter(_read(_FIND.rows(connection, _key_values(key)))), None)


def load_all(connection: Connection, account_id: int, contact_id: int) -> list[Reply]:
    """All of one contact, in their order."""
    return _read(_LOAD_ALL.rows(connection, {"account_id": account_id, "contact_id": contact_id}))


def is_any_open(connection: Connection, account_id: int, contact_id: int) -> bool:
    """Whether this contact still waits for an answer."""
    return ask_is_any_open(connection, account_id, contact_id).read()


def ask_is_any_open(connection: Connection, account_id: int, contact_id: int) -> Answer[bool]:
    """The same, to be read later."""
    return _ANY_OPEN.ask(connection, {"account_id": account_id, "contact_id": contact_id}, read=bool)


def move(connection: Connection, key: ReplyKey, source: State, target: State, values: Mapping[str, Any]) -> bool:
    """Leave a named state for another; False if the row had left it already."""
    return moves.move(connection, reply, _key_values(key), (source, target), values)


def release(connection: Connection, key: ReplyKey, not_before: datetime, reason: str | None) -> bool:
    """Undo a claim of which it is certain that nothing was delivered."""
    emptied = dict.fromkeys(("claim_token", "claimed_at", "text"))
    values = {"not_before": not_before, "reason": reason, "releases": 1, **emptied}
    return move(connection, key, State.CLAIMED, State.PLANNED, values)


def find_by_tokens(connection: Connection, tokens: Iterable[tuple[int, str]]) -> list[Reply]:
    """By account id and claim token."""
    wanted = [{"account_id": account_id, "claim_token": token} for account_id, token in tokens]
    if not wanted:
        return []
    return _read(_by_tokens(connection.dialect.name).rows(connection, {"rows": bulk.encode(wanted)}))


def find_known_messages(connection: Connection, message_ids: Iterable[tuple[int, str]]) -> set[tuple[int, str]]:
    """Which of these, by account id and message id, are answers of ours."""
    wanted = [{"account_id": account_id, "message_id": message_id} for account_id, message_id in message_ids]
    return {(row.account_id, row.message_id) for row in bulk.find(connection, reply, wanted)}


def settle(connection: Connection, settled: Iterable[tuple[ReplyKey, str | None]], recorded_at: datetime) -> None:
    """The platform showed these answers to be sent: outcomes in doubt are so no longer."""
    rows = [
        {**_key_values(key), "state": State.SENT, "reason": None, "message_id": message_id, "recorded_at": recorded_at}
        for key, message_id in settled
    ]
    bulk.update(connection, reply, rows, key=_KEY_COLUMNS, condition="reply.state IN ('claimed', 'unknown')")


def find_stale_claims(connection: Connection, claimed_before: datetime, limit: int) -> list[Reply]:
    """Claims of which nothing was heard: their process is gone."""
    return _read(_STALE_CLAIMS.rows(connection, {"claimed_before": claimed_before, "limit": limit}))


def count_by_state(connection: Connection) -> list[tuple[int, str, str | None, int]]:
    """Account, state, reason, how many."""
    grouped = select(reply.c.account_id, reply.c.state, reply.c.reason, func.count().label("number")).group_by(
        reply.c.account_id, reply.c.state, reply.c.reason
    )
    return [tuple(row) for row in connection.execute(grouped)]


@lru_cache
def _by_tokens(dialect: str) -> Statement:
    return Statement(_SELECT + bulk.is_among(reply, ("account_id", "claim_token"), dialect))


def _key_values(key: ReplyKey) -> dict[str, Any]:
    return {"account_id": key.account_id, "contact_id": key.contact_id, "event_key": key.event_key}


def _read(rows: Iterable[Sequence[Any]]) -> list[Reply]:
    return [_reply(*_COLUMNS.read(row)) for row in rows]


def _reply(account_id: int, contact_id: int, event_key: str, state: str, *rest: Any) -> Reply:  # noqa: ANN401  the columns
    return Reply(ReplyKey(account_id, contact_id, event_key), State(state), *rest)
