"""Lease, claim, deliver, record: the one more message on its way."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from botapp.channels.port import Outcome, OutcomeKind
from botapp.channels.rate import Rate
from botapp.reengagement.claim import Claimer
from botapp.reengagement.delivery import METADATA_PREFIX, Claim, Delivery, Stopwatch
from botapp.reengagement.outcome import consequence_of, learn, rest
from botapp.reengagement.terms import HouseRules
from botapp.storage import accounts, contacts, daily_caps, ledger, reengagements, rule_limits
from botapp.storage.accounts import Account
from botapp.storage.contacts import Contact
from botapp.storage.engine import Database
from botapp.storage.ledger import Entry, EntryKind
from botapp.storage.reengagements import Reengagement, ReengagementKey, State

_LEASE = timedelta(seconds=15)
_BETWEEN_RECORDS_SECONDS = 0.05  # of outcomes, which are recorded in sets
_MAY_HAVE_ARRIVED = (OutcomeKind.ACCEPTED, OutcomeKind.UNKNOWN)
_log = logging.getLogger(__name__)

_ENTRIES = {
    State.SENT: EntryKind.SENT,
    State.FAILED: EntryKind.FAILED,
    State.UNKNOWN: EntryKind.UNKNOWN,
    State.EXPIRED: EntryKind.EXPIRED,
    State.PLANNED: EntryKind.RELEASED,
}


@dataclass(frozen=True, slots=True)
class Sent:
    """A claim that was carried to the platform, and what is known of it now."""

    key: ReengagementKey
    claim: Claim
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class ReengagementSender:
    """Sends what is due. Safe in any number of threads and processes."""

    database: Database
    house: HouseRules
    claimer: Claimer
    delivery: Delivery
    rate: Rate
    batch: int

    def drain(self, pool: Executor, budget_seconds: float) -> int:
        """Send due re-engagements for about `budget_seconds`; how many were carried to the platform."""
        until = self.delivery.clock.elapsed() + budget_seconds
        pending: list[Future[Sent | None]] = []
        carried, is_more = 0, True
        try:
            while is_more or pending:
                # Leased before the last of a batch are done, so that threads do not wait for the slowest of them, and
                # little more than there are threads, so that what is granted is used soon.
                if is_more and 3 * len(pending) <= 2 * self.batch:
                    for key in self._lease(self.batch - len(pending)):
                        pending.append(pool.submit(self.send, key))  # noqa: PERF401  kept even if the next lease fails
                    left_seconds = until - self.delivery.clock.elapsed()
                    is_more = left_seconds > 0 and (bool(pending) or self.rate.wait_for_more(left_seconds))
                done = wait(pending, timeout=_BETWEEN_RECORDS_SECONDS).done
                carried += self._record(future for future in pending if future in done)
                pending = [future for future in pending if future not in done]
        finally:
            # A lease that fails, Redis being away, must not leave what is on its way without its outcome.
            wait(pending)
            self._record(pending)
        return carried

    def send(self, key: ReengagementKey) -> Sent | None:
        """Claim and deliver one; None if it was not claimed."""
        self.delivery.look_at_clocks(lambda: self._load_account(key.account_id))
        stopwatch = Stopwatch.start(self.delivery.clock)
        claim = self.claimer.claim(key, stopwatch)
        return Sent(key, claim, self.delivery.deliver(claim)) if claim else None

    def record(self, sent: Sequence[Sent]) -> None:
        """Record outcomes in one transaction; then slow down where the platform asked for it."""
        with self.database.transaction() as connection:
            identities = {(item.key.account_id, item.key.contact_id) for item in sent}
            locked = {(c.account_id, c.id): c for c in contacts.lock_contacts(connection, identities)}
            plans = reengagements.find_all(connection, [item.key for item in sent])
            now = self.database.now(connection)
            moves = [_Move(connection, item, plans.get(item.key), self.house, now) for item in sent]
            for move in moves:
                identity = (move.item.key.account_id, move.item.key.contact_id)
                locked[identity] = self._put_on_record(connection, locked[identity], move, now)
            rule_limits.give_back(connection, [move.item.key for move in moves if move.is_released])
            # The last of all rows that are held: a claim takes it last, too.
            daily_caps.give_back(connection, [day for move in moves if move.is_released for day in _counted(move.item)])
        for item in sent:
            self.delivery.respect(item.key.account_id, item.outcome)

    def _load_account(self, account_id: int) -> Account:
        with self.database.reading() as connection:
            return accounts.load_account(connection, account_id)

    def _lease(self, wanted: int) -> Iterator[ReengagementKey]:
        """What is due, the nearest deadline first, of every page as much as its rate allows."""
        with self.database.reading() as connection:
            pages = reengagements.accounts_with_due(connection, self.database.now(connection))
        for account_id in pages:
            # Before something is granted: it may take longer than a grant holds.
            self.delivery.look_at_clocks(partial(self._load_account, account_id))
            granted = self.rate.take(account_id, wanted)
            if not granted:
                continue
            with self.database.transaction() as connection:
                now = self.database.now(connection)
                keys = reengagements.lease_due(connection, account_id, now, now + _LEASE, granted)
            yield from keys

    def _record(self, done: Iterable[Future[Sent | None]]) -> int:
        sent = [item for item in map(_result, done) if item is not None]
        if sent:
            self.record(sent)
        return len(sent)

    def _put_on_record(self, connection: Connection, contact: Contact, move: "_Move", now: datetime) -> Contact:
        """The entries of an outcome and of what it taught; the contact as it is afterwards."""
        entries = self._entries(connection, contact, move, now) if move.is_made() else []
        # Also where it was given up as lost meanwhile; but an echo that was quicker has told when it arrived.
        if move.item.outcome.kind in _MAY_HAVE_ARRIVED and not move.is_settled:
            entries += rest(connection, contact, move.item.claim.claimed_at, self.house, now)
        if not entries:
            return contact
        return contact._replace(ledger_sequence=ledger.append(connection, contact, entries, now))

    def _entries(self, connection: Connection, contact: Contact, move: "_Move", now: datetime) -> list[Entry]:
        outcome, found = move.item.outcome, move.found
        details: dict[str, object] = {"detail": outcome.detail}
        if outcome.write_lag_seconds is not None:
            details["write_lag_seconds"] = round(outcome.write_lag_seconds, 6)
        subject_at = move.item.key.interaction_at
        entry = Entry(_ENTRIES[found.state], reason=found.reason, subject_at=subject_at, details=details)
        taught = learn(connection, contact, outcome.error, self.house, now) if outcome.error else []
        return [entry, *taught]


class _Move:
    """A claim on its way to its end, or back among the plans if nothing was delivered."""

    def __init__(
        self, connection: Connection, item: Sent, plan: Reengagement | None, house: HouseRules, now: datetime
    ) -> None:
        self.item = item
        self.is_released = False  # planned again, as if it had not been claimed
        self.is_settled = plan is not None and plan.state is State.SENT  # before this
        self._is_made: Callable[[], bool] = lambda: False
        if plan is None or f"{METADATA_PREFIX}{plan.claim_token}" != item.claim.message.metadata:
            return  # that attempt is on record already, and this is a later one
        self.found = consequence_of(item.outcome, plan.releases, item.claim.start_before, now, house)
        if self.found.retry_at is not None:
            self.is_released = reengagements.release(connection, item.key, self.found.retry_at, self.found.reason)
            self._is_made = lambda: self.is_released
            return
        error = item.outcome.error
        values = {
            "reason": self.found.reason,
            "recorded_at": now,
            "message_id": item.outcome.message_id,
            "platform_error": str(error) if error else None,
        }
        asked = reengagements.ask_to_move(connection, item.key, State.CLAIMED, self.found.state, values)
        self._is_made = lambda: asked.changed() == 1

    def is_made(self) -> bool:
        """False if an echo was quicker, or the sweep gave it up: what is recorded already stands."""
        return self._is_made()


def _counted(item: Sent) -> list[daily_caps.Day]:
    """The day of its page in which it is counted, where the page has a cap."""
    return [(item.key.account_id, item.claim.counted_in)] if item.claim.counted_in else []


def _result(future: Future[Sent | None]) -> Sent | None:
    """A fault of one is not a fault of its neighbours; its lease expires and it is tried again."""
    try:
        return future.result()
    except Exception as error:  # noqa: BLE001  the one place that can act on it
        _log.error("send failed before its claim was committed or its outcome known: %s", type(error).__name__)
        return None
