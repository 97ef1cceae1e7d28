"""What was said in one contact's conversation, both ways, as far as it is still kept."""

from typing import Any

from sqlalchemy import Connection, select

from botapp.storage.contacts import Contact
from botapp.storage.schema import inbound_event, reengagement, reply

_HEARD = ("interaction", "contact", "echo")  # what people said or did, and what others wrote for the page


def load_events(connection: Connection, contact: Contact, limit: int) -> list[Any]:
    """The newest events of the conversation: key, kind, signal, when, and raw (empty where it was forgotten)."""
    e = inbound_event.c
    columns = (e.event_key, e.kind, e.signal, e.occurred_at, e.received_at, e.raw)
    own = (e.account_id == contact.account_id, e.platform_contact_id == contact.platform_contact_id)
    found = select(*columns).where(*own, e.signal.in_(_HEARD)).order_by(e.received_at.desc()).limit(limit)
    return list(connection.execute(found))


def load_replies(connection: Connection, contact: Contact, limit: int) -> list[Any]:
    """The newest answers that have words: key, state, reason, text, and when they were claimed or else planned."""
    r = reply.c
    columns = (r.account_id, r.contact_id, r.event_key, r.state, r.reason, r.text, r.planned_at, r.claimed_at)
    own = (r.account_id == contact.account_id, r.contact_id == contact.id, r.text.is_not(None))
    return list(connection.execute(select(*columns).where(*own).order_by(r.position.desc()).limit(limit)))


def load_reengagements(connection: Connection, contact: Contact, limit: int) -> list[Any]:
    """The newest messages that we sent on our own: when, their words and what became of them."""
    m = reengagement.c
    own = (m.account_id == contact.account_id, m.contact_id == contact.id, m.claimed_at.is_not(None))
    found = select(m.claimed_at, m.text, m.state).where(*own).order_by(m.claimed_at.desc()).limit(limit)
    return list(connection.execute(found))
