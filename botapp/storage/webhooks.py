"""Subscriptions to webhooks. A row leaves only a named state, and `ended` it never leaves."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, insert, select, update

from botapp.storage.schema import webhook
from botapp.storage.statement import Columns, Statement


class State(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"  # events are kept for it, and none is sent
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Webhook:
    """One subscription of a page."""

    id: int
    account_id: int
    name: str
    url: str
    event_types: frozenset[str]
    state: State
    reason: str | None
    secret_encrypted: str
    former_secret_encrypted: str | None
    former_secret_until: datetime | None
    created_at: datetime
    delivered_at: datetime | None
    failed_at: datetime | None
    failure: str | None


_COLUMNS = Columns(webhook)
_SELECT = f"SELECT {_COLUMNS.names} FROM webhook"  # noqa: S608  names are our schema's
_ALL = Statement(f"{_SELECT} ORDER BY account_id, name")
_OPEN = Statement(f"{_SELECT} WHERE state <> 'ended'")
_BY_ID = Statement(f"{_SELECT} WHERE account_id = :account_id AND id = :id")
_LOCKED = Statement(f"{_SELECT} WHERE account_id = :account_id AND id = :id", locking="FOR UPDATE")
_BY_NAME = Statement(f"{_SELECT} WHERE account_id = :account_id AND name = :name")
_WITH_DUE = Statement(
    f"{_SELECT} WHERE state = 'active' AND EXISTS (SELECT 1 FROM webhook_delivery AS d"  # noqa: S608  the same
    " WHERE d.account_id = webhook.account_id AND d.webhook_id = webhook.id AND d.state = 'pending'"
    " AND d.next_try_at <= :now) ORDER BY webhook.id"
)
_DELIVERED = Statement("UPDATE webhook SET delivered_at = :now WHERE account_id = :account_id AND id = :id")
_FAILED = Statement(
    "UPDATE webhook SET failed_at = :now, failure = :failure WHERE account_id = :account_id AND id = :id"
)


def add(connection: Connection, values: Mapping[str, object]) -> int | None:
    """A new subscription; its id. None if the page has, or had, one of that name."""
    taken = {"account_id": values["account_id"], "name": values["name"]}
    if _BY_NAME.first(connection, taken) is not None:
        return None
    return int(connection.execute(insert(webhook).values(values).returning(webhook.c.id)).scalar_one())


def find(connection: Connection, account_id: int, webhook_id: int) -> Webhook | None:
    return _one(_BY_ID.first(connection, {"account_id": account_id, "id": webhook_id}))


def find_named(connection: Connection, account_id: int, name: str) -> Webhook | None:
    return _one(_BY_NAME.first(connection, {"account_id": account_id, "name": name}))


def find_locked(connection: Connection, account_id: int, webhook_id: int) -> Webhook | None:
    """One, held for a change of it."""
    return _one(_LOCKED.first(connection, {"account_id": account_id, "id": webhook_id}))


def load_all(connection: Connection) -> list[Webhook]:
    """All, those that have ended included; by page and name."""
    return [_webhook(row) for row in _ALL.rows(connection)]


def load_open(connection: Connection) -> list[Webhook]:
    """Those that have not ended."""
    return [_webhook(row) for row in _OPEN.rows(connection)]


def load_with_due(connection: Connection, now: datetime) -> list[Webhook]:
    """Those to which something is to be sent now."""
    return [_webhook(row) for row in _WITH_DUE.rows(connection, {"now": now})]


def move(
    connection: Connection, of: Webhook, sources: Collection[State], target: State, reason: str | None = None
) -> bool:
    """From one of these states to another; False if it is in none of them."""
    c = webhook.c
    moved = update(webhook).where(c.account_id == of.account_id, c.id == of.id, c.state.in_(sorted(sources)))
    return connection.execute(moved.values(state=target, reason=reason)).rowcount == 1


def change_secrets(connection: Connection, of: Webhook, values: Mapping[str, object]) -> bool:
    """Another secret, and what becomes of the one before; False if it has ended."""
    c = webhook.c
    changed = update(webhook).where(c.account_id == of.account_id, c.id == of.id, c.state != State.ENDED)
    return connection.execute(changed.values(values)).rowcount == 1


def note_delivered(connection: Connection, of: Webhook, now: datetime) -> None:
    _DELIVERED.run(connection, {"account_id": of.account_id, "id": of.id, "now": now})


def note_failed(connection: Connection, of: Webhook, failure: str, now: datetime) -> None:
    _FAILED.run(connection, {"account_id": of.account_id, "id": of.id, "failure": failure, "now": now})


def count_open(connection: Connection, account_id: int) -> int:
    """How many a page has that have not ended."""
    c = webhook.c
    found = select(c.id).where(c.account_id == account_id, c.state != State.ENDED)
    return len(connection.execute(found).all())


def _one(row: Sequence[Any] | None) -> Webhook | None:
    return None if row is None else _webhook(row)


def _webhook(row: Sequence[Any]) -> Webhook:
    number, account_id, name, url, event_types, state, *rest = _COLUMNS.read(row)
    return Webhook(number, account_id, name, url, frozenset(event_types.split()), State(state), *rest)
