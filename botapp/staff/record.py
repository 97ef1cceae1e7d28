"""What staff do, on the record: by numbers, never by name."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from botapp.storage import ledger, log_in_delays
from botapp.storage.engine import Database
from botapp.storage.ledger import Entry, EntryKind
from botapp.storage.log_in_delays import Refusals
from botapp.storage.times import to_microseconds

COMMAND_LINE = 0  # as the author of a change: whoever may run commands on the host
NOBODY = 0  # as the one whose name was tried: no member has it
_REFUSAL_WINDOW = timedelta(minutes=10)


def record(connection: Connection, kind: EntryKind, now: datetime, **details: object) -> None:
    """Append an entry of the installation."""
    ledger.append_for_installation(connection, Entry(kind, occurred_at=now, details=details), now)


def record_refusal(connection: Connection, staff_id: int, now: datetime) -> None:
    """The first refusal is an entry, those of the next ten minutes are one more: nobody can fill the log by trying."""
    refusals = log_in_delays.count_refusal(connection, staff_id, now)
    if refusals.since == now or now - refusals.since >= _REFUSAL_WINDOW:
        _settle(connection, staff_id, refusals, now)


def settle_refusals(database: Database) -> int:
    """The ticker's part: what was counted for its ten minutes goes on the record, though nobody tries any more."""
    with database.reading() as connection:
        now = database.now(connection)
        waiting = log_in_delays.find_unsettled(connection, now - _REFUSAL_WINDOW)
    for staff_id in waiting:
        with database.transaction() as connection:
            refusals, now = log_in_delays.hold_refusals(connection, staff_id), database.now(connection)
            if refusals and refusals.count:  # nobody was quicker
                _settle(connection, staff_id, refusals, now)
    return len(waiting)


def record_log_in(connection: Connection, staff_id: int, session_id: int, method: str, now: datetime) -> None:
    """A member is in; what was refused in their name before stands before it."""
    refusals = log_in_delays.hold_refusals(connection, staff_id)
    if refusals and refusals.count:
        _settle(connection, staff_id, refusals, now)
    record(connection, EntryKind.LOGGED_IN, now, staff=staff_id, session=session_id, method=method)


def _settle(connection: Connection, staff_id: int, refusals: Refusals, now: datetime) -> None:
    since = to_microseconds(refusals.since)
    record(connection, EntryKind.LOG_IN_REFUSED, now, staff=staff_id, refusals=refusals.count, since=since)
    log_in_delays.settle_refusals(connection, staff_id, now)
