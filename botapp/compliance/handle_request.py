"""What staff do about a customer's request: say whose it is, or close it. Each is put on record."""

from sqlalchemy import Connection

from botapp.storage import ledger, privacy_requests
from botapp.storage.engine import Database
from botapp.storage.ledger import Entry, EntryKind
from botapp.storage.standing import ContactId

_CLOSED = (privacy_requests.DONE, privacy_requests.NOBODY_KNOWN)


def name_person(database: Database, code: str, contact: ContactId, staff_id: int) -> bool:
    """Say whose an open request is; False if it is not open."""
    with database.transaction() as connection:
        named = privacy_requests.name_contact(connection, code, contact)
        if named:
            _record(
                connection, database, {"by": staff_id, "state": "named", "account": contact[0], "contact": contact[1]}
            )
    return named


def close(database: Database, code: str, state: str, staff_id: int) -> bool:
    """Close an open request; False if it is not open, or is a deletion: that one is done when somebody is erased.

    ValueError for a state that closes nothing.
    """
    if state not in _CLOSED:
        raise ValueError(f"{state!r} does not close a request")
    with database.transaction() as connection:
        known = privacy_requests.find(connection, code)
        if known is not None and known.kind == privacy_requests.DELETION and state == privacy_requests.DONE:
            return False
        closed = privacy_requests.close(connection, code, state, database.now(connection))
        if closed:
            _record(connection, database, {"by": staff_id, "state": state})
    return closed


def close_otherwise(database: Database, code: str, state: str, staff_id: int) -> bool:
    """Close an open request of any kind, for it was answered in another way than ours; False if it is not open."""
    with database.transaction() as connection:
        closed = privacy_requests.close(connection, code, state, database.now(connection))
        if closed:
            _record(connection, database, {"by": staff_id, "state": state})
    return closed


def _record(connection: Connection, database: Database, details: dict[str, object]) -> None:
    now = database.now(connection)
    ledger.append_for_installation(connection, Entry(EntryKind.REQUEST_HANDLED, now, details=details), now)
