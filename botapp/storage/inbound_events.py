"""What the platform delivered, each event once, kept raw for a time."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection

from botapp.storage import bulk
from botapp.storage.schema import inbound_event

EventKey = tuple[int, str]  # account id, the event's key within the page


def store_new(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> set[EventKey]:
    """Store those not seen before and tell which they were. In key order, so that two batches cannot deadlock."""
    ordered = sorted(rows, key=lambda row: (row["account_id"], row["event_key"]))
    stored: set[Any] = bulk.insert_new(connection, inbound_event, ordered, key=("account_id", "event_key"))
    return stored
