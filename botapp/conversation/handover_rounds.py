"""What time does to hand-overs: who waits too long is told so once and is noticed, and what came to nothing ends.

Nobody is left in a queue that nobody reads: with the window, at the latest, the thread is the bot's again.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from botapp.conversation import handover
from botapp.reengagement.facts import thread_is_owned
from botapp.reengagement.terms import HouseRules
from botapp.storage import accounts, contacts, handovers, ledger, replies
from botapp.storage.contacts import Contact
from botapp.storage.engine import Database
from botapp.storage.handovers import Handover, HandoverKey, HandoverState, Outcome
from botapp.storage.ledger import Entry, EntryKind

_BATCH = 100
_TOLD_WITHIN = 3  # times the target; later it would come out of the blue
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HandoverRounds:
    """The leading ticker's part, once a second."""

    database: Database
    house: HouseRules
    target: timedelta  # within which a person should have come
    ring: Callable[[], object]

    def run(self) -> int:
        """One round; how many were changed."""
        with self.database.reading() as connection:
            now = self.database.now(connection)
            late = handovers.find_late(connection, now - self.target, _BATCH)
            over = handovers.find_over(connection, now - self.house.window_length, self.house.send_allowance, _BATCH)
            is_errand_owed = handovers.any_errand(connection, now)
        if is_errand_owed:
            self.ring()
        changed = sum(self._change(found.key, self._notice) for found in late)
        return changed + sum(self._change(found.key, self._end) for found in over)

    def _change(self, key: HandoverKey, change: "_Change") -> bool:
        with self.database.transaction() as connection:
            contact = contacts.lock_contact(connection, key.account_id, key.contact_id)
            found = handovers.find(connection, key)
            if found is None or not found.is_open:
                return False
            return change(connection, contact, found, self.database.now(connection))

    def _notice(self, connection: Connection, contact: Contact, found: Handover, now: datetime) -> bool:
        """Nobody has come in time: noted, told to those who watch, and once to the customer."""
        if found.answered_at is not None or not handovers.mark_late(connection, found.key, now):
            return False
        _log.warning("a customer waits for a person: contact %s/%s", contact.account_id, contact.id)
        entries = [handover.entry_of(EntryKind.HANDOVER_LATE, found, now)]
        if found.state is HandoverState.QUEUED and now - found.requested_at < _TOLD_WITHIN * self.target:
            entries.append(_tell(connection, contact, found, now))
        ledger.append(connection, contact, entries, now)
        return True

    def _end(self, connection: Connection, contact: Contact, found: Handover, now: datetime) -> bool:
        """The window has closed, or the thread was left alone for as long: it is the bot's again."""
        until = handover.answer_until(contact, self.house)
        if thread_is_owned(contact, self.house, now) and (until is None or now < until):
            return False
        outcome = Outcome.UNANSWERED if found.answered_at is None else Outcome.LAPSED
        entries = handover.end(connection, found, outcome, now)
        if not entries:
            return False
        passed, changes = handover.owned_by("bot", contact, now)
        ledger.append(connection, contact, [*entries, passed], now, **changes)
        return True


_Change = Callable[[Connection, Contact, Handover, datetime], bool]


def _tell(connection: Connection, contact: Contact, found: Handover, now: datetime) -> Entry:
    """The customer hears that it takes longer, and that they can go on with the bot."""
    page = accounts.load_account(connection, contact.account_id)
    key = f"late:{found.key.number}"
    row = {
        "account_id": contact.account_id,
        "contact_id": contact.id,
        "event_key": key,
        "position": contact.ledger_sequence + 2,
        "kind": handover.LATE,
        "language": contact.language or page.language,
        "state": "planned",
        "planned_at": now,
        "not_before": now,
    }
    replies.store_new(connection, [row])
    return Entry(EntryKind.REPLY_PLANNED, occurred_at=now, evidence_key=key)
