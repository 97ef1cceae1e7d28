"""Answers to what customers write: one an event, in order within a contact."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, exists, func, or_, select, update

from botapp.storage import bulk
from botapp.storage.reengagements import State
from botapp.storage.schema import reply


@dataclass(frozen=True, slots=True)
class ReplyKey:
    account_id: int
    contact_id: int
    event_key: str


@dataclass(frozen=True, slots=True)
class Reply:
    key: ReplyKey
    position: int
    kind: str
    language: str | None
    until: datetime | None
    state: State
    planned_at: datetime
    claim_token: str | None
    claimed_at: datetime | None
    releases: int
    message_id: str | None


_KEY_COLUMNS = ("account_id", "contact_id", "event_key")
_EARLIER = reply.alias("earlier")
_OPEN_STATES = (State.PLANNED, State.CLAIMED)
_IS_OPEN = (
    select(func.count())
    .select_from(reply)
    .where(
        reply.c.account_id == bindparam("account_id"),
        reply.c.contact_id == bindparam("contact_id"),
        reply.c.state.in_(_OPEN_STATES),
    )
)


def store_new(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Plan answers; an event that has one already gets no second."""
    bulk.insert_new(connection, reply, rows)


def any_waiting(connection: Connection, now: datetime) -> bool:
    """Whether an answer could be leased now."""
    return connection.execute(_waiting(now).limit(1)).first() is not None


def lease(connection: Connection, now: datetime, leased_until: datetime, limit: int) -> list[ReplyKey]:
    """Take up to `limit` answers, the oldest first and only the first open one of each contact."""
    waiting = _waiting(now).order_by(reply.c.planned_at, reply.c.position).limit(limit)
    rows = connection.execute(waiting.with_for_update(skip_locked=True, of=reply))
    keys = [ReplyKey(row.account_id, row.contact_id, row.event_key) for row in rows]
    leased = [{**_key_values(key), "leased_until": leased_until} for key in keys]
    bulk.update(connection, reply, leased, key=_KEY_COLUMNS)
    return keys


def find(connection: Connection, key: ReplyKey) -> Reply | None:
    row = connection.execute(select(reply).where(_is(key))).first()
    return _reply(row) if row else None


def load_all(connection: Connection, account_id: int, contact_id: int) -> list[Reply]:
    """All of one contact, in their order."""
    of_contact = select(reply).where(reply.c.account_id == account_id, reply.c.contact_id == contact_id)
    return [_reply(row) for row in connection.execute(of_contact.order_by(reply.c.position))]


def is_any_open(connection: Connection, account_id: int, contact_id: int) -> bool:
    """Whether this contact still waits for an answer."""
    return connection.execute(_IS_OPEN, {"account_id": account_id, "contact_id": contact_id}).scalar_one() > 0


def move(connection: Connection, key: ReplyKey, source: State, target: State, values: Mapping[str, Any]) -> bool:
    """Leave a named state for another; False if the row had left it already."""
    moved = update(reply).where(_is(key), reply.c.state == source).values(state=target, leased_until=None, **values)
    return connection.execute(moved).rowcount == 1


def release(connection: Connection, key: ReplyKey, not_before: datetime, reason: str | None) -> bool:
    """Undo a claim of which it is certain that nothing was delivered."""
    values = {
        "not_before": not_before,
        "reason": reason,
        "releases": reply.c.releases + 1,
        "claim_token": None,
        "claimed_at": None,
        "text": None,
    }
    return move(connection, key, State.CLAIMED, State.PLANNED, values)


def find_by_tokens(connection: Connection, tokens: Iterable[tuple[int, str]]) -> list[Reply]:
    """By account id and claim token."""
    wanted = [{"account_id": account_id, "claim_token": token} for account_id, token in tokens]
    return [_reply(row) for row in bulk.find(connection, reply, wanted)]


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
    stale = select(reply).where(reply.c.state == State.CLAIMED, reply.c.claimed_at < claimed_before)
    return [_reply(row) for row in connection.execute(stale.order_by(reply.c.claimed_at).limit(limit))]


def count_by_state(connection: Connection) -> list[tuple[int, str, str | None, int]]:
    """Account, state, reason, how many."""
    grouped = select(reply.c.account_id, reply.c.state, reply.c.reason, func.count().label("number")).group_by(
        reply.c.account_id, reply.c.state, reply.c.reason
    )
    return [tuple(row) for row in connection.execute(grouped)]


def _waiting(now: datetime) -> Any:  # noqa: ANN401  an SQL statement
    earlier = exists().where(
        _EARLIER.c.account_id == reply.c.account_id,
        _EARLIER.c.contact_id == reply.c.contact_id,
        _EARLIER.c.state.in_(_OPEN_STATES),
        _EARLIER.c.position < reply.c.position,
    )
    return select(reply.c.account_id, reply.c.contact_id, reply.c.event_key).where(
        reply.c.state == State.PLANNED,
        reply.c.not_before <= now,
        or_(reply.c.leased_until.is_(None), reply.c.leased_until <= now),
        ~earlier,
    )


def _is(key: ReplyKey) -> Any:  # noqa: ANN401  an SQL expression
    return and_(
        reply.c.account_id == key.account_id, reply.c.contact_id == key.contact_id, reply.c.event_key == key.event_key
    )


def _key_values(key: ReplyKey) -> dict[str, Any]:
    return {"account_id": key.account_id, "contact_id": key.contact_id, "event_key": key.event_key}


def _reply(row: Row[Any]) -> Reply:
    return Reply(
        key=ReplyKey(row.account_id, row.contact_id, row.event_key),
        position=row.position,
        kind=row.kind,
        language=row.language,
        until=row.until,
        state=State(row.state),
        planned_at=row.planned_at,
        claim_token=row.claim_token,
        claimed_at=row.claimed_at,
        releases=row.releases,
        message_id=row.message_id,
    )
