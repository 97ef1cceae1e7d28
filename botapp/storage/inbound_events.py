"""What the platform delivered, each event once, kept raw for a time."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from botapp.storage import bulk
from botapp.storage.contacts import Contact
from botapp.storage.schema import inbound_event
from botapp.storage.statement import Columns, Statement

_FIND_RAW = Statement("SELECT raw FROM inbound_event WHERE account_id = :account_id AND event_key = :event_key")
_REPLACE_WORDS = Statement(
    "UPDATE inbound_event SET raw = :raw WHERE account_id = :account_id AND event_key = :event_key"
    " AND platform_contact_id = :platform_contact_id AND raw <> ''"
)

_MENTIONING = Statement(
    "SELECT platform_contact_id, raw FROM inbound_event WHERE account_id = :account_id AND received_at >= :since"
    " AND signal = 'interaction' AND raw LIKE :mentions"
)

_LATEST_WRITERS = Statement(
    "SELECT platform_contact_id FROM (SELECT platform_contact_id, received_at FROM inbound_event"
    " WHERE account_id = :account_id AND signal = 'interaction' ORDER BY received_at DESC LIMIT 200) AS latest"
    " GROUP BY platform_contact_id ORDER BY max(received_at) DESC, platform_contact_id LIMIT :limit"
)

_TIMES = Columns(inbound_event, "occurred_at", "received_at")
_SAID_AT = Statement(
    f"SELECT {_TIMES.names} FROM inbound_event WHERE account_id = :account_id AND event_key = :event_key"  # noqa: S608  names are our schema's
    " AND platform_contact_id = :platform_contact_id"
)

EventKey = tuple[int, str]  # account id, the event's key within the page


def find_raw(connection: Connection, account_id: int, event_key: str) -> str | None:
    """The item as it was delivered; None where it is not kept any more."""
    raw = _FIND_RAW.scalar(connection, {"account_id": account_id, "event_key": event_key})
    return raw or None


def find_mentioning(
    connection: Connection, account_id: int, word: str, since: datetime
) -> list[tuple[str | None, str]]:
    """Who wrote something with that word in it since then, and the item. The word: letters and digits."""
    wanted = {"account_id": account_id, "since": since, "mentions": f"%{word}%"}
    return [(row[0], row[1]) for row in _MENTIONING.rows(connection, wanted)]


def find_latest_writers(connection: Connection, account_id: int, limit: int) -> list[str]:
    """The platform's ids of those who wrote to the page last, the latest first; fewer if one of them wrote a lot."""
    rows = _LATEST_WRITERS.rows(connection, {"account_id": account_id, "limit": limit})
    return [str(row[0]) for row in rows]


def find_said_at(connection: Connection, contact: Contact, event_key: str) -> datetime | None:
    """When this person did that, never after our receipt of it; None for an event that is not known of them."""
    named = {"account_id": contact.account_id, "platform_contact_id": contact.platform_contact_id}
    row = _SAID_AT.first(connection, {**named, "event_key": event_key})
    if row is None:
        return None
    times: list[datetime | None] = _TIMES.read(row)
    return min(at for at in times if at is not None)


def store_new(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> set[EventKey]:
    """Store those not seen before and tell which they were. In key order, so that two batches cannot deadlock."""
    ordered = sorted(rows, key=lambda row: (row["account_id"], row["event_key"]))
    stored: set[Any] = bulk.insert_new(connection, inbound_event, ordered, key=("account_id", "event_key"))
    return stored


def replace_words(connection: Connection, contact: Contact, event_key: str, raw: str) -> None:
    """What this person said in that event stands there no longer; `raw` does, which may be empty.

    What was forgotten is not brought back, and nobody changes the words of others.
    """
    named = {"account_id": contact.account_id, "platform_contact_id": contact.platform_contact_id}
    _REPLACE_WORDS.send(connection, {**named, "event_key": event_key, "raw": raw})
