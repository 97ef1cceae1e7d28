"""The record: each state change appends its entry in the transaction that makes it true."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from json import JSONEncoder
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from botapp.storage import accounts, bulk
from botapp.storage.contacts import Contact, change_contact
from botapp.storage.schema import ledger_entry

_ENCODER = JSONEncoder(sort_keys=True, separators=(",", ":"))
THE_PAGE_ITSELF = 0  # the contact id of entries that concern no one person
THE_INSTALLATION = 0  # the account id of entries that concern no one page


class EntryKind(StrEnum):
    INTERACTION = "interaction"
    CONSENT_GIVEN = "consent_given"
    CONSENT_REFUSED = "consent_refused"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    SUPPRESSION_SET = "suppression_set"
    SUPPRESSION_LIFTED = "suppression_lifted"
    REACHABILITY = "reachability"
    THREAD_OWNER = "thread_owner"
    QUESTION_ASKED = "question_asked"
    PLANNED = "planned"
    SKIPPED = "skipped"
    SUPERSEDED = "superseded"
    HELD = "held"
    CLAIMED = "claimed"
    RELEASED = "released"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    CROSSED = "crossed"
    RECONCILED = "reconciled"
    TAKEN_UP = "taken_up"
    CONVERTED = "converted"  # told by the business's own systems
    ANSWERED = "answered"  # by somebody else than us
    PREFERENCE = "preference"  # the person chose how often, when not, or in which language
    WINDOW_CORRECTED = "window_corrected"
    # A person of the team takes over: of the desk's queue, or in the platform's inbox.
    HANDOVER_REQUESTED = "handover_requested"
    HANDOVER_CLAIMED = "handover_claimed"
    HANDOVER_ANSWERED = "handover_answered"  # a staff member wrote; whether it arrived is told like of any answer
    HANDOVER_PASSED = "handover_passed"  # to the platform's inbox; or from it to the desk, where that was refused
    HANDOVER_LATE = "handover_late"  # nobody had come within the house's target
    HANDOVER_ENDED = "handover_ended"
    SATISFACTION = "satisfaction"  # the customer said, with one tap, whether the FAQ or a person helped
    REPLY_PLANNED = "reply_planned"  # only for what is answered without being an interaction
    REPLY_RELEASED = "reply_released"
    REPLY_SENT = "reply_sent"
    REPLY_FAILED = "reply_failed"
    REPLY_UNKNOWN = "reply_unknown"
    REPLY_SKIPPED = "reply_skipped"
    MESSAGE_UNSENT = "message_unsent"  # by the customer: its words are gone
    MESSAGE_EDITED = "message_edited"  # by the customer: its first words are gone
    LINKED = "linked"
    ERASURE_REQUESTED = "erasure_requested"
    ERASED = "erased"  # what the entries before it hid is gone; the contact is known by its number only
    ACCESS_REQUESTED = "access_requested"
    DATA_EXPORTED = "data_exported"
    # The page itself.
    TERMS = "terms"  # what its messages are judged by
    ACCOUNT_ADDED = "account_added"
    ACCOUNT_CHANGED = "account_changed"
    PAGE_PAUSED = "page_paused"
    PAGE_RESUMED = "page_resumed"
    PROACTIVE_STOPPED = "proactive_stopped"
    PROACTIVE_RESUMED = "proactive_resumed"
    LIVE_ASKED = "live_asked"  # a second person is to say yes; then `account_changed` tells the mode
    STAFF_LINKED = "staff_linked"  # a contact is a staff member's own
    STAFF_UNLINKED = "staff_unlinked"
    TEMPLATE_TRIED = "template_tried"  # by a staff member, on a contact of their own
    TEMPLATE_WRITTEN = "template_written"
    TEMPLATE_SUBMITTED = "template_submitted"
    TEMPLATE_RETURNED = "template_returned"
    TEMPLATE_APPROVED = "template_approved"
    TEMPLATE_PUBLISHED = "template_published"  # without `approved_by`: at the command line
    TEMPLATE_PAUSED = "template_paused"
    TEMPLATE_RETIRED = "template_retired"
    RULE_WRITTEN = "rule_written"
    RULE_SUBMITTED = "rule_submitted"
    RULE_RETURNED = "rule_returned"
    RULE_APPROVED = "rule_approved"
    RULE_PUBLISHED = "rule_published"  # without `approved_by`: at the command line
    RULE_HALTED = "rule_halted"  # by a member of the staff; a second one publishes it again
    RULE_RETIRED = "rule_retired"
    RULE_PAUSED = "rule_paused"  # by a guard: too few answered it, or it did harm
    RULE_RESUMED = "rule_resumed"
    QUESTION_PUBLISHED = "question_published"
    FAQ_PUBLISHED = "faq_published"  # what a page knows to answer
    TEXTS_PUBLISHED = "texts_published"  # what the bot says on a page
    PROFILE_SET = "profile_set"  # what the platform shows of it: greeting, menu, first questions
    CANNED_CHANGED = "canned_changed"  # the words that the team keeps ready; without a hash: they are gone
    CATALOGUE_APPLIED = "catalogue_applied"
    WEBHOOK_ADDED = "webhook_added"  # another system is told from here on what happens
    WEBHOOK_CHANGED = "webhook_changed"  # paused, resumed, ended or given another secret
    # What staff took out of the log and made of it.
    EXPORT_BEGUN = "export_begun"
    EXPORT_ENDED = "export_ended"
    LOG_CHECKED = "log_checked"
    REQUEST_HANDLED = "request_handled"  # by staff, about a customer's data
    # The installation itself: staff, by their numbers.
    STAFF_ADDED = "staff_added"
    STAFF_CHANGED = "staff_changed"
    LOGGED_IN = "logged_in"
    LOG_IN_REFUSED = "log_in_refused"
    LOGGED_OUT = "logged_out"
    SESSION_REVOKED = "session_revoked"
    API_KEY_ADDED = "api_key_added"
    API_KEY_REVOKED = "api_key_revoked"
    FORGOTTEN = "forgotten"  # what had been kept for its time


class Entry(NamedTuple):
    """One entry before it has its number. `details` holds types, numbers and times; never personal text.

    What could name a person goes to `private`: it is committed to, shown to few, and erased with the contact.
    """

    kind: EntryKind
    occurred_at: datetime | None = None
    reason: str | None = None
    evidence_key: str | None = None
    subject_at: datetime | None = None
    details: Mapping[str, Any] = MappingProxyType({})
    private: dict[str, Any] | None = None


class NumberedEntry(NamedTuple):
    """An entry with its number among those of its contact."""

    account_id: int
    contact_id: int
    sequence: int
    entry: Entry


def append_numbered(connection: Connection, entries: Iterable[NumberedEntry], recorded_at: datetime) -> None:
    """Append entries whose numbers were taken from locked contacts."""
    bulk.insert(connection, ledger_entry, [_row(entry, recorded_at) for entry in entries])


def append(
    connection: Connection,
    contact: Contact,
    entries: Iterable[Entry],
    recorded_at: datetime,
    **changes: Any,  # noqa: ANN401  column values
) -> int:
    """Append to one locked contact's entries, take their numbers, and return the last one taken.

    `changes` are columns of the contact that become true with the entries: written with the number, as one update.
    """
    numbered = [
        NumberedEntry(contact.account_id, contact.id, sequence, entry)
        for sequence, entry in enumerate(entries, contact.ledger_sequence + 1)
    ]
    if not numbered:
        return contact.ledger_sequence
    append_numbered(connection, numbered, recorded_at)
    last = numbered[-1].sequence
    change_contact(connection, contact.account_id, contact.id, ledger_sequence=last, **changes)
    return last


def append_for_page(connection: Connection, account_id: int, entry: Entry, recorded_at: datetime) -> int:
    """Append an entry that concerns the page itself; its number."""
    sequence = accounts.next_ledger_sequence(connection, account_id)
    append_numbered(connection, [NumberedEntry(account_id, THE_PAGE_ITSELF, sequence, entry)], recorded_at)
    return sequence


def append_for_installation(connection: Connection, entry: Entry, recorded_at: datetime) -> None:
    """Append an entry that concerns no one page: staff, settings, the kill switch for everything."""
    sequence = accounts.next_installation_sequence(connection)
    append_numbered(connection, [NumberedEntry(THE_INSTALLATION, THE_PAGE_ITSELF, sequence, entry)], recorded_at)


def load_entries(
    connection: Connection, account_id: int, contact_id: int, kinds: Iterable[EntryKind] | None = None
) -> list[Any]:
    """One contact's entries in their order; all of them, or those of some kinds."""
    found = (
        select(ledger_entry)
        .where(ledger_entry.c.account_id == account_id, ledger_entry.c.contact_id == contact_id)
        .order_by(ledger_entry.c.sequence)
    )
    if kinds is not None:
        found = found.where(ledger_entry.c.kind.in_([kind.value for kind in kinds]))
    return list(connection.execute(found))


def find_last_of_page(connection: Connection, account_id: int, kind: EntryKind) -> Any | None:  # noqa: ANN401  a row
    """The newest entry of that kind that concerns the page itself."""
    of_page = (ledger_entry.c.account_id == account_id, ledger_entry.c.contact_id == THE_PAGE_ITSELF)
    found = select(ledger_entry).where(*of_page, ledger_entry.c.kind == kind.value)
    return connection.execute(found.order_by(ledger_entry.c.sequence.desc()).limit(1)).first()


def count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(ledger_entry)).scalar_one()


def _row(numbered: NumberedEntry, recorded_at: datetime) -> dict[str, Any]:
    entry = numbered.entry
    return {
        "account_id": numbered.account_id,
        "contact_id": numbered.contact_id,
        "sequence": numbered.sequence,
        "kind": entry.kind.value,
        "occurred_at": entry.occurred_at,
        "recorded_at": recorded_at,
        "reason": entry.reason,
        "evidence_key": entry.evidence_key,
        "subject_at": entry.subject_at,
        "details": _ENCODER.encode(dict(entry.details)),
        "private": None if entry.private is None else _ENCODER.encode(entry.private),
    }
