"""Erases a person: all that names them or repeats their words goes, every proof stays, a tombstone keeps their noes.

What nobody can undo is done in one transaction for each person, and only when nothing of theirs is on its way any more.
"""

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from botapp.clock import Clock
from botapp.policy.consent import ConsentState, standing
from botapp.policy.reason import Reason
from botapp.reengagement.facts import Standings
from botapp.reengagement.terms import HouseRules
from botapp.storage import (
    accounts,
    contacts,
    erasure,
    ledger,
    privacy_requests,
    reengagements,
    replies,
    scrubbing,
    tombstones,
)
from botapp.storage.contacts import Contact
from botapp.storage.engine import Database
from botapp.storage.ledger import Entry, EntryKind
from botapp.storage.privacy_requests import Place, PrivacyRequest
from botapp.storage.reengagements import State
from botapp.storage.standing import ContactId
from botapp.storage.tombstones import Tombstone

_AT_ONCE = 20  # persons in one round of the ticker, so that it goes on ringing
_SCRUB_SECONDS = 30.0  # at the least from one to the next: while it is done, others may have to wait
_log = logging.getLogger(__name__)


class Erasure(StrEnum):
    """What became of a wish to be erased. All but the first two: try again in a moment."""

    ERASED = "erased"
    ERASED_BEFORE = "erased_before"
    ON_THE_WIRE = "on_the_wire"  # a message to them may still arrive
    ANSWER_OWED = "answer_owed"  # what they wrote has not been answered yet
    NOT_SEALED = "not_sealed"  # an entry has no place in the log yet, and could not be proved afterwards


@dataclass(frozen=True, slots=True)
class Eraser:
    """Erases persons: a contact and every identity that is linked to it."""

    database: Database
    house: HouseRules
    tombstone_key: bytes

    def erase(self, contact: ContactId, origin: str, *, after_answers: bool = False, by: int | None = None) -> Erasure:
        """Erase the person whose contact this is; `origin` says who wished it: chat, platform or staff (`by` whom).

        With `after_answers` not before the last answer that is owed has gone out. LookupError if there is no contact.
        """
        with self.database.transaction() as connection:
            named = contacts.load_contact(connection, *contact)
            person = contacts.lock_people(connection, [(named.account_id, named.platform_contact_id)])
            now = self.database.now(connection)
            present = [known for known in person if not erasure.is_erased(known)]
            if not present:
                return Erasure.ERASED_BEFORE
            refusal = self._refusal(connection, present, now, after_answers=after_answers)
            if refusal is not None:
                return refusal
            wish: dict[str, object] = {"origin": origin} if by is None else {"origin": origin, "by": by}
            for known in present:
                self._erase_one(connection, known, wish, now)
        return Erasure.ERASED

    def _refusal(
        self, connection: Connection, person: Sequence[Contact], now: datetime, *, after_answers: bool
    ) -> Erasure | None:
        """Read under the locks of all identities, so nothing new can be begun meanwhile."""
        identities = [(known.account_id, known.id) for known in person]
        if any(erasure.any_unsealed(connection, identity) for identity in identities):
            return Erasure.NOT_SEALED
        if reengagements.any_on_the_wire(connection, identities, now - self.house.claim_timeout):
            return Erasure.ON_THE_WIRE
        if any(erasure.any_claimed_reply(connection, identity) for identity in identities):
            return Erasure.ON_THE_WIRE
        if after_answers and any(replies.is_any_open(connection, *identity) for identity in identities):
            return Erasure.ANSWER_OWED
        return None

    def _erase_one(self, connection: Connection, contact: Contact, wish: Mapping[str, object], now: datetime) -> None:
        key = (contact.account_id, contact.id)
        page = accounts.load_account(connection, contact.account_id)
        digested = tombstones.digest(self.tombstone_key, page.platform, page.page_id, contact.platform_contact_id)
        # What happened before the erasure may be delivered again after it, dated by a clock that is ahead of ours.
        newest = erasure.newest_event_at(connection, contact, now + self.house.send_allowance)
        kept = _tombstone(connection, key, now, max(now, newest or now))
        tombstones.save(connection, (page.id, digested), kept)
        entries = _skip_plans(connection, key, now)
        counted = erasure.forget(connection, contact)
        closed = privacy_requests.close_of_contact(
            connection, key, (privacy_requests.DELETION, privacy_requests.ACCESS), now
        )
        details = {**counted, "requests": closed, **wish}
        ledger.append(connection, contact, [*entries, Entry(EntryKind.ERASED, occurred_at=now, details=details)], now)


@dataclass(slots=True)
class ErasureRounds:
    """The ticker's part: carries out the deletions that were asked for, and clears away what they leave behind.

    Clearing away may take the database a while, so it has a thread (`pool`) of its own.
    """

    database: Database
    eraser: Eraser
    pool: Executor
    clock: Clock
    _after: Place | None = field(default=None, init=False)
    _is_scrub_owed: bool = field(default=True, init=False)  # a process before this one may have died in between
    _scrubbing: Future[bool] | None = field(default=None, init=False)
    _scrubbed_at: float = field(default=float("-inf"), init=False)

    def run(self) -> int:
        """One round; how many persons were erased."""
        with self.database.reading() as connection:
            wanted = privacy_requests.find_deletions_to_do(connection, _AT_ONCE, self._after)
        # The next round goes on behind these: some may have to wait, and the others not for them.
        self._after = (wanted[-1].due_at, wanted[-1].confirmation_code) if len(wanted) == _AT_ONCE else None
        erased = sum(self._carry_out(request) for request in wanted)
        self._is_scrub_owed |= erased > 0
        self._scrub()
        return erased

    def _carry_out(self, request: PrivacyRequest) -> bool:
        if request.contact is None:
            return False
        try:
            result = self.eraser.erase(request.contact, request.origin, after_answers=True)
        except (SQLAlchemyError, LookupError) as error:
            _log.warning("request %s is put off: %s", request.confirmation_code, type(error).__name__)
            return False
        if result is Erasure.ERASED_BEFORE:
            with self.database.transaction() as connection:
                now = self.database.now(connection)
                privacy_requests.close(connection, request.confirmation_code, privacy_requests.DONE, now)
        return result is Erasure.ERASED

    def _scrub(self) -> None:
        if self._scrubbing is not None:
            if not self._scrubbing.done():
                return
            self._is_scrub_owed |= not self._scrubbing.result()
            self._scrubbing = None
        if self._is_scrub_owed and self.clock.elapsed() - self._scrubbed_at >= _SCRUB_SECONDS:
            self._is_scrub_owed, self._scrubbed_at = False, self.clock.elapsed()
            self._scrubbing = self.pool.submit(_scrubbed, self.database)


def _scrubbed(database: Database) -> bool:
    try:
        return scrubbing.scrub(database)
    except SQLAlchemyError as error:
        _log.warning("what was erased is not cleared away yet: %s", type(error).__name__)
        return False


def _tombstone(connection: Connection, contact: ContactId, now: datetime, erased_at: datetime) -> Tombstone:
    standings = Standings(connection, [contact])
    consents = standings.consents(contact)
    refused = max((c.occurred_at for c in consents if c.state is not ConsentState.GIVEN), default=None)
    is_refused = standing(consents) in (ConsentState.WITHDRAWN, ConsentState.REFUSED)
    in_force = [s for s in standings.suppressions(contact).values() if s.is_in_force(now)]
    return Tombstone.of(erased_at, in_force, refused if is_refused else None)


def _skip_plans(connection: Connection, contact: ContactId, now: datetime) -> list[Entry]:
    """Nothing proactive is left to be sent; what was planned is on record as not sent."""
    entries = []
    for plan in reengagements.find_open(connection, [contact]):
        values = {"reason": Reason.ERASED, "recorded_at": now}
        if reengagements.move(connection, plan.key, State.PLANNED, State.SKIPPED, values):
            entries.append(Entry(EntryKind.SKIPPED, reason=Reason.ERASED, subject_at=plan.key.interaction_at))
    return entries
