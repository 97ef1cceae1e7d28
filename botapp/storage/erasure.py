"""Forgetting one contact: whatever names a person or repeats their words goes, what proofs are made of stays."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from botapp.storage import rollups
from botapp.storage.contacts import Contact
from botapp.storage.standing import ContactId
from botapp.storage.statement import Statement
from botapp.storage.times import from_microseconds

# What stands in the place of a platform's id; nobody can write to us under such a name.
_ERASED = "erased:"

_ANY_UNSEALED = Statement(
    "SELECT 1 FROM ledger_entry WHERE account_id = :account_id AND contact_id = :contact_id"
    " AND (evidence_key IS NOT NULL OR private IS NOT NULL) AND leaf_index IS NULL LIMIT 1"
)
_ANY_CLAIMED_REPLY = Statement(
    "SELECT 1 FROM reply WHERE account_id = :account_id AND contact_id = :contact_id AND state = 'claimed' LIMIT 1"
)
_NEWEST_EVENT = Statement(
    "SELECT max(occurred_at) FROM inbound_event WHERE account_id = :account_id"
    " AND platform_contact_id = :platform_contact_id AND occurred_at < :before"
)
_FORGET_CONTACT = Statement(
    "UPDATE contact SET platform_contact_id = :erased_id, person_id = id, last_claimed_at = NULL,"
    " last_interaction_at = NULL, conversation_started_at = NULL, earlier_interaction_at = NULL,"
    " asked_for_more_at = NULL, unreachable_since = NULL, thread_owner = 'bot', thread_owned_at = NULL,"
    " converted_at = NULL, answered_at = NULL,"
    " language_chosen_at = NULL, frequency = NULL, frequency_at = NULL, quiet_hours = NULL, quiet_hours_at = NULL,"
    " first_name = NULL, last_name = NULL, zone = NULL, language = NULL,"
    " profile_fetched_at = NULL, disclosed_at = NULL, question_asked_at = NULL, staff_id = NULL"
    " WHERE account_id = :account_id AND id = :contact_id"
)
# Unreadable items name no contact of ours; those of them that hold the person's id go as well.
_DROP_EVENTS = Statement(
    "DELETE FROM inbound_event WHERE account_id = :account_id AND (platform_contact_id = :platform_contact_id"
    " OR (platform_contact_id IS NULL AND raw LIKE :mentions))"
)
_DROP_EVENT = Statement("DELETE FROM inbound_event WHERE account_id = :account_id AND event_key = :event_key")
_DROP_CONTACT = Statement(
    "DELETE FROM contact WHERE account_id = :account_id AND id = :contact_id AND ledger_sequence = 0"
)
_DROP_REPLIES = Statement("DELETE FROM reply WHERE account_id = :account_id AND contact_id = :contact_id")
_DROP_HANDOVERS = Statement("DELETE FROM handover WHERE account_id = :account_id AND contact_id = :contact_id")
_DROP_FACTS = Statement("DELETE FROM fact WHERE account_id = :account_id AND contact_id = :contact_id")
_DROP_CONVERSIONS = Statement("DELETE FROM conversion WHERE account_id = :account_id AND contact_id = :contact_id")
_DROP_QUESTIONS = Statement(
    "DELETE FROM unanswered_question WHERE account_id = :account_id AND contact_id = :contact_id"
)
_DROP_SECRET = Statement("DELETE FROM contact_secret WHERE account_id = :account_id AND contact_id = :contact_id")
_EMPTY_REENGAGEMENTS = Statement(
    "UPDATE reengagement SET text = CASE WHEN text IS NULL THEN NULL ELSE '' END, message_id = NULL"
    " WHERE account_id = :account_id AND contact_id = :contact_id AND (text IS NOT NULL OR message_id IS NOT NULL)"
)
_EMPTY_CONSENTS = Statement(
    "UPDATE consent_record SET evidence_key = NULL, language = NULL WHERE account_id = :account_id"
    " AND contact_id = :contact_id AND (evidence_key IS NOT NULL OR language IS NOT NULL)"
)
_EMPTY_ENTRIES = Statement(
    "UPDATE ledger_entry SET evidence_key = NULL, private = NULL WHERE account_id = :account_id"
    " AND contact_id = :contact_id AND (evidence_key IS NOT NULL OR private IS NOT NULL)"
)


def is_erased(contact: Contact) -> bool:
    """Whether this row is all that is left of a contact."""
    return contact.platform_contact_id.startswith(_ERASED)


def any_unsealed(connection: Connection, contact: ContactId) -> bool:
    """Whether an entry of this contact that hides something has no place in the tree yet: it could not be proved."""
    return _ANY_UNSEALED.first(connection, _values(contact)) is not None


def any_claimed_reply(connection: Connection, contact: ContactId) -> bool:
    """Whether an answer to this contact is being sent."""
    return _ANY_CLAIMED_REPLY.first(connection, _values(contact)) is not None


def newest_event_at(connection: Connection, contact: Contact, before: datetime) -> datetime | None:
    """The platform's time of the newest event about this contact, of those dated before that instant."""
    values = {"account_id": contact.account_id, "platform_contact_id": contact.platform_contact_id, "before": before}
    found = _NEWEST_EVENT.scalar(connection, values)
    return None if found is None else from_microseconds(found)


def forget(connection: Connection, contact: Contact) -> Mapping[str, int]:
    """Forget a locked contact whose entries are sealed and who is sent nothing now; how many rows of what went."""
    of_contact = _values((contact.account_id, contact.id))
    mentions = f"%{contact.platform_contact_id}%"
    events = {
        "account_id": contact.account_id,
        "platform_contact_id": contact.platform_contact_id,
        "mentions": mentions,
    }
    counted = {
        "events": _DROP_EVENTS.run(connection, events),
        "replies": _DROP_REPLIES.run(connection, of_contact),
        "reengagements": _EMPTY_REENGAGEMENTS.run(connection, of_contact),
        "facts": _DROP_FACTS.run(connection, of_contact),
        "conversions": _DROP_CONVERSIONS.run(connection, of_contact),
        "entries": _EMPTY_ENTRIES.run(connection, of_contact),
    }
    _DROP_HANDOVERS.run(connection, of_contact)
    _DROP_QUESTIONS.run(connection, of_contact)
    _EMPTY_CONSENTS.run(connection, of_contact)
    _DROP_SECRET.run(connection, of_contact)
    rollups.forget_intents(connection, (contact.account_id, contact.id))
    _FORGET_CONTACT.run(connection, {**of_contact, "erased_id": f"{_ERASED}{contact.id}"})
    return counted


def drop_events(connection: Connection, events: Iterable[tuple[int, str]]) -> None:
    """Take these events (account id, key) out again in the transaction that stored them."""
    for account_id, event_key in events:
        _DROP_EVENT.run(connection, {"account_id": account_id, "event_key": event_key})


def drop_new_contacts(connection: Connection, made: Iterable[ContactId]) -> None:
    """Take contacts out again in the transaction that made them."""
    for contact in made:
        _DROP_CONTACT.run(connection, _values(contact))


def _values(contact: ContactId) -> dict[str, Any]:
    return {"account_id": contact[0], "contact_id": contact[1]}
