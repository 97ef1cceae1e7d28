"""Requests about people's data that reach us through the platform, not through the conversation."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from botapp.policy.suppression import ERASURE, NOTICES
from botapp.reengagement.crossing import cross
from botapp.storage import accounts, contacts, ledger, privacy_requests, standing
from botapp.storage.contacts import Contact
from botapp.storage.engine import Database
from botapp.storage.ledger import Entry, EntryKind

_FROM_THE_PLATFORM = "platform"


@dataclass(frozen=True, slots=True)
class PlatformRequest:
    """What the platform's callback said. Its id for the person is mostly not the one of the conversation (1.9)."""

    confirmation_code: str
    platform: str
    kind: str  # privacy_requests.DELETION or DEAUTHORISATION
    platform_person_id: str
    issued_at: datetime


def take(database: Database, request: PlatformRequest, received_at: datetime) -> None:
    """Keep a request, and do at once what can be done; the same one delivered again changes nothing.

    Where the id is that of one contact of ours, a deletion is carried out by the ticker, and who removed the app is
    written to no more on our own. Otherwise a deletion stays open for staff, and a removal concerns nobody we know.
    """
    with database.transaction() as connection:
        if privacy_requests.find(connection, request.confirmation_code) is not None:
            return
        contact = _only_contact(connection, request)
        _store(connection, request, contact, received_at)
        now = database.now(connection)
        if request.kind == privacy_requests.DELETION:
            if contact is not None:
                entry = Entry(EntryKind.ERASURE_REQUESTED, occurred_at=request.issued_at, reason=_FROM_THE_PLATFORM)
                _suppress(connection, contact, ERASURE, entry, now)
            return
        state = privacy_requests.NOBODY_KNOWN
        if contact is not None:
            _suppress(connection, contact, NOTICES, None, now)
            state = privacy_requests.DONE
        privacy_requests.close(connection, request.confirmation_code, state, now)


def _only_contact(connection: Connection, request: PlatformRequest) -> Contact | None:
    """The contact of that id, held, if there is exactly one on all our pages."""
    pages = [page for page in accounts.load_all(connection) if page.platform == request.platform]
    found = [contacts.find_by_platform_id(connection, page.id, request.platform_person_id) for page in pages]
    known = [contact for contact in found if contact is not None]
    return contacts.lock_contact(connection, known[0].account_id, known[0].id) if len(known) == 1 else None


def _store(connection: Connection, request: PlatformRequest, contact: Contact | None, received_at: datetime) -> None:
    privacy_requests.store_new(
        connection,
        {
            "confirmation_code": request.confirmation_code,
            "platform": request.platform,
            "kind": request.kind,
            "origin": _FROM_THE_PLATFORM,
            "account_id": contact.account_id if contact else None,
            "contact_id": contact.id if contact else None,
            "platform_person_id": request.platform_person_id,
            "issued_at": request.issued_at,
            "received_at": received_at,
        },
    )


def _suppress(connection: Connection, contact: Contact, scope: str, entry: Entry | None, now: datetime) -> None:
    key = (contact.account_id, contact.id)
    standing.suppress(connection, key, scope, now, until=None)
    details = {"scope": scope}
    suppressed = Entry(EntryKind.SUPPRESSION_SET, occurred_at=now, reason=_FROM_THE_PLATFORM, details=details)
    crossed = cross(connection, [key], now).get(key, ())
    ledger.append(connection, contact, [suppressed, *([entry] if entry else []), *crossed], now)
