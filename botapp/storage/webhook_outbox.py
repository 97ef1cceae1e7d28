"""What is still to be told by webhook: a row for each event and subscription, made where the event was derived."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from json import dumps, loads
from typing import Any

from sqlalchemy import Connection

from botapp.policy.webhook_event import TEST, Event
from botapp.storage import bulk, webhooks
from botapp.storage.schema import webhook_delivery
from botapp.storage.statement import Columns, Statement
from botapp.storage.times import from_microseconds, to_microseconds
from botapp.storage.webhooks import Webhook

NOBODY = 0  # as the contact of a test
_KEY = ("account_id", "webhook_id", "event_id")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one subscription."""

    account_id: int
    webhook_id: int
    event_id: str
    event_type: str
    contact_id: int
    occurred_at: datetime
    details: Mapping[str, Any]
    state: str
    attempts: int
    next_try_at: datetime
    give_up_at: datetime
    tried_at: datetime | None
    outcome: str | None


_COLUMNS = Columns(webhook_delivery)
_SELECT = f"SELECT {_COLUMNS.names} FROM webhook_delivery"  # noqa: S608  names are our schema's
_OF_ONE = "account_id = :account_id AND webhook_id = :webhook_id"
_PENDING = f"{_OF_ONE} AND state = 'pending'"
_DUE = Statement(f"{_SELECT} WHERE {_PENDING} AND next_try_at <= :now ORDER BY next_try_at LIMIT :limit")
_NEWEST = Statement(f"{_SELECT} WHERE {_OF_ONE} ORDER BY occurred_at DESC, event_id LIMIT :limit")
_SETTLE = Statement(
    "UPDATE webhook_delivery SET state = :state, attempts = attempts + 1, next_try_at = :next_try_at,"  # noqa: S608  ours
    f" tried_at = :now, outcome = :outcome WHERE {_PENDING} AND event_id = :event_id AND attempts = :attempts"
)
_KILL_ALL = Statement(f"UPDATE webhook_delivery SET state = 'dead', outcome = :outcome WHERE {_PENDING}")  # noqa: S608  ours
# A dead one begins anew, as if it had just happened; so does one that was delivered, if it is named.
_REVIVE = (
    "UPDATE webhook_delivery SET state = 'pending', attempts = 0, next_try_at = :now, give_up_at = :until,"  # noqa: S608  ours
    f" outcome = NULL WHERE {_OF_ONE}"
)
_REVIVE_DEAD = Statement(f"{_REVIVE} AND state = 'dead'")
_REVIVE_ONE = Statement(f"{_REVIVE} AND state <> 'pending' AND event_id = :event_id")
_COUNT = Statement(
    f"SELECT state, count(*) FROM webhook_delivery WHERE {_OF_ONE} GROUP BY state"  # noqa: S608  ours
)
_FORGET = Statement("DELETE FROM webhook_delivery WHERE give_up_at < :before")


def put_out(connection: Connection, events: Sequence[Event], now: datetime, until: datetime) -> int:
    """Rows for all who subscribe to these events, in the transaction that derived them; how many are new."""
    if not events:
        return 0
    rows = [
        _row(event, subscribed, now, until)
        for subscribed in webhooks.load_open(connection)
        for event in events
        if _is_for(event, subscribed)
    ]
    return len(bulk.insert_new(connection, webhook_delivery, rows, key=_KEY))


def put_test(connection: Connection, of: Webhook, event_id: str, now: datetime, until: datetime) -> Delivery:
    """One that tells nothing, and of nobody."""
    row = {
        "account_id": of.account_id,
        "webhook_id": of.id,
        "event_id": event_id,
        "event_type": TEST,
        "contact_id": NOBODY,
        "occurred_at": now,
        "details": "{}",
        "state": "pending",
        "next_try_at": now,
        "give_up_at": until,
    }
    bulk.insert(connection, webhook_delivery, [row])
    return Delivery(of.account_id, of.id, event_id, TEST, NOBODY, now, {}, "pending", 0, now, until, None, None)


def load_due(connection: Connection, of: Webhook, now: datetime, limit: int) -> list[Delivery]:
    """What is to be sent now, what waits longest first."""
    return _read(_DUE.rows(connection, {**_values(of), "now": now, "limit": limit}))


def load_newest(connection: Connection, of: Webhook, limit: int) -> list[Delivery]:
    """The newest events, whatever became of them."""
    return _read(_NEWEST.rows(connection, {**_values(of), "limit": limit}))


def count(connection: Connection, of: Webhook) -> Mapping[str, int]:
    """How many are in each state."""
    return {state: int(number) for state, number in _COUNT.rows(connection, _values(of))}


def settle(
    connection: Connection, delivery: Delivery, state: str, outcome: str, now: datetime, next_try_at: datetime
) -> bool:
    """Note what came of a try; False if somebody else has tried it meanwhile."""
    values = {
        "account_id": delivery.account_id,
        "webhook_id": delivery.webhook_id,
        "event_id": delivery.event_id,
        "attempts": delivery.attempts,
        "state": state,
        "outcome": outcome,
        "now": now,
        "next_try_at": next_try_at,
    }
    return _SETTLE.run(connection, values) == 1


def kill_all(connection: Connection, of: Webhook, outcome: str) -> int:
    """Nothing more is sent to it; how many were waiting."""
    return _KILL_ALL.run(connection, {**_values(of), "outcome": outcome})


def revive(connection: Connection, of: Webhook, now: datetime, until: datetime, event_id: str | None = None) -> int:
    """Send again what was given up, or the one event that is named, whatever became of it; how many."""
    values = {**_values(of), "now": now, "until": until}
    if event_id is None:
        return _REVIVE_DEAD.run(connection, values)
    return _REVIVE_ONE.run(connection, {**values, "event_id": event_id})


def forget(connection: Connection, before: datetime) -> int:
    """Rows whose time was over before then; how many."""
    return _FORGET.run(connection, {"before": before})


def _is_for(event: Event, subscribed: Webhook) -> bool:
    return (
        event.account_id == subscribed.account_id
        and event.type in subscribed.event_types
        and event.recorded_at >= to_microseconds(subscribed.created_at)
    )


def _row(event: Event, subscribed: Webhook, now: datetime, until: datetime) -> Mapping[str, Any]:
    return {
        "account_id": event.account_id,
        "webhook_id": subscribed.id,
        "event_id": event.id,
        "event_type": event.type,
        "contact_id": event.contact_id,
        "occurred_at": from_microseconds(event.occurred_at),
        "details": dumps(_details(event), sort_keys=True, separators=(",", ":")),
        "state": "pending",
        "next_try_at": now,
        "give_up_at": until,
    }


def _details(event: Event) -> dict[str, Any]:
    """Names and numbers of ours."""
    if event.send is None:
        return {"scope": event.scope}
    cell = event.send.cell
    found = {"rule": cell.rule, "rule_version": cell.version, "begun_at": event.send.begun_at}
    return {**found, "variant": cell.variant} if cell.variant else found


def _read(rows: Iterable[Sequence[Any]]) -> list[Delivery]:
    return [_delivery(row) for row in rows]


def _delivery(row: Sequence[Any]) -> Delivery:
    account_id, webhook_id, event_id, event_type, contact_id, occurred_at, details, *rest = _COLUMNS.read(row)
    return Delivery(account_id, webhook_id, event_id, event_type, contact_id, occurred_at, loads(details), *rest)


def _values(of: Webhook) -> dict[str, Any]:
    return {"account_id": of.account_id, "webhook_id": of.id}
