"""The rows about one contact in every table that has some, for the person to read."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Table, select

from botapp.storage.schema import (
    consent_record,
    conversion,
    fact,
    handover,
    inbound_event,
    ledger_entry,
    privacy_request,
    reengagement,
    reply,
    suppression,
    unanswered_question,
)
from botapp.storage.standing import ContactId

# By the name under which people see them; each in the order of these columns.
_TABLES: Mapping[str, tuple[Table, str]] = {
    "answers": (reply, "position"),
    "messages_on_our_own": (reengagement, "interaction_at"),
    "agreed": (consent_record, "sequence"),
    "stopped": (suppression, "scope"),
    "facts": (fact, "name"),
    "bought": (conversion, "occurred_at"),
    "persons": (handover, "requested_at"),
    "not_answered": (unanswered_question, "asked_at"),
    "requests": (privacy_request, "received_at"),
    "log": (ledger_entry, "sequence"),
}
_MOST_EVENTS = 10_000


def load(connection: Connection, contact: ContactId, platform_contact_id: str) -> Mapping[str, Sequence[Row[Any]]]:
    """What the person wrote and did, and every row that belongs to the contact."""
    e = inbound_event.c
    own = (e.account_id == contact[0], e.platform_contact_id == platform_contact_id)
    events = select(e.kind, e.occurred_at, e.received_at, e.raw).where(*own).order_by(e.received_at).limit(_MOST_EVENTS)
    found: dict[str, Sequence[Any]] = {"what_you_did": connection.execute(events).all()}
    for name, (table, order) in _TABLES.items():
        rows = select(table).where(table.c.account_id == contact[0], table.c.contact_id == contact[1])
        found[name] = connection.execute(rows.order_by(table.c[order])).all()
    return found
