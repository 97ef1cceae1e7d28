"""What a webhook says: identifiers and names of ours, put together when it is told. Never a word of anybody's."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from botapp.storage import accounts, contacts, erasure
from botapp.storage.times import from_microseconds
from botapp.storage.webhook_outbox import NOBODY, Delivery
from botapp.storage.webhooks import Webhook


def read_content(connection: Connection, webhook: Webhook, delivery: Delivery) -> Mapping[str, object] | None:
    """With the person's identifiers as they are now; None if there is nobody left whom it could be about."""
    page = accounts.load_account(connection, webhook.account_id)
    who: dict[str, object] = {}
    if delivery.contact_id != NOBODY:
        try:
            contact = contacts.load_contact(connection, webhook.account_id, delivery.contact_id)
        except LookupError:
            return None
        if erasure.is_erased(contact):
            return None
        who = {"contact": contact.platform_contact_id, "person": str(contact.person_id)}
    return {
        "type": delivery.event_type,
        "timestamp": _written(delivery.occurred_at),
        "data": {"page": page.page_id, **who, **_about(delivery.details)},
    }


def _about(details: Mapping[str, object]) -> Mapping[str, object]:
    if "rule" not in details:
        return details
    begun_at = details["begun_at"]
    at = {"begun_at": _written(from_microseconds(begun_at))} if isinstance(begun_at, int) else {}
    return {"reengagement": {**details, **at}}


def _written(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
