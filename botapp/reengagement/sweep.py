"""After crashes: claims of which nothing was heard become unknown, plans whose last instant has passed expire."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection

from botapp.policy.reason import Reason
from botapp.reengagement.terms import HouseRules
from botapp.storage import contacts, ledger, reengagements, replies
from botapp.storage.engine import Database
from botapp.storage.ledger import Entry, EntryKind
from botapp.storage.reengagements import Reengagement, State
from botapp.storage.replies import Reply

_BATCH = 200


def sweep(database: Database, house: HouseRules) -> int:
    """One round of some hundred rows of each kind; how many were changed. Call again while it changes anything."""
    with database.reading() as connection:
        now = database.now(connection)
        given_up_before = now - house.claim_timeout
        lost = reengagements.find_stale_claims(connection, given_up_before, _BATCH)
        late = reengagements.find_past_deadline(connection, now, _BATCH)
        lost_replies = replies.find_stale_claims(connection, given_up_before, _BATCH)
    changed = sum(_change(database, _give_up, row) for row in lost)
    changed += sum(_change(database, _expire, row) for row in late)
    return changed + sum(_change(database, _give_up_reply, row) for row in lost_replies)


_Row = TypeVar("_Row", Reengagement, Reply)


def _change(database: Database, change: Callable[[Connection, _Row, datetime], Entry | None], row: _Row) -> bool:
    """One row in one short transaction, under its contact's lock like every change of it."""
    with database.transaction() as connection:
        contact = contacts.lock_contact(connection, row.key.account_id, row.key.contact_id)
        now = database.now(connection)
        entry = change(connection, row, now)
        if entry is None:
            return False  # it moved on meanwhile
        ledger.append(connection, contact, [entry], now)
        return True


def _give_up(connection: Connection, row: Reengagement, now: datetime) -> Entry | None:
    values = {"reason": Reason.WORKER_LOST, "recorded_at": now}
    moved = reengagements.move(connection, row.key, State.CLAIMED, State.UNKNOWN, values)
    subject_at = row.key.interaction_at
    return Entry(EntryKind.UNKNOWN, reason=Reason.WORKER_LOST, subject_at=subject_at) if moved else None


def _expire(connection: Connection, row: Reengagement, now: datetime) -> Entry | None:
    # Why it was held until too late says more than that it was late.
    reason = row.reason or Reason.WINDOW_CLOSED
    values = {"reason": reason, "recorded_at": now}
    moved = reengagements.move(connection, row.key, State.PLANNED, State.EXPIRED, values)
    return Entry(EntryKind.EXPIRED, reason=reason, subject_at=row.key.interaction_at) if moved else None


def _give_up_reply(connection: Connection, row: Reply, now: datetime) -> Entry | None:
    values = {"reason": Reason.WORKER_LOST, "recorded_at": now}
    moved = replies.move(connection, row.key, State.CLAIMED, State.UNKNOWN, values)
    return Entry(EntryKind.REPLY_UNKNOWN, reason=Reason.WORKER_LOST, evidence_key=row.key.event_key) if moved else None
