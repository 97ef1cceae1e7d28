"""Answers on their way: in order within a contact, claimed before they are written, retried only where certain."""

import logging
from concurrent.futures import Executor, wait
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from botapp.channels.port import Outcome, OutcomeKind
from botapp.channels.rate import Rate
from botapp.conversation.answers import AnswerKind, Wordings
from botapp.conversation.composer import Composer
from botapp.conversation.own_data import OwnDataAnswers
from botapp.conversation.profiles import ProfileKeeper
from botapp.conversation.true_kind import DISCLOSING, true_kind
from botapp.policy.reason import Reason
from botapp.policy.window import Window
from botapp.reengagement.delivery import METADATA_PREFIX, Claim, Delivery, Stopwatch
from botapp.reengagement.facts import Standings, thread_is_owned
from botapp.reengagement.outcome import consequence_of, learn
from botapp.reengagement.terms import HouseRules
from botapp.storage import accounts, contacts, ledger, privacy_requests, reengagements, replies
from botapp.storage.accounts import Account
from botapp.storage.contacts import Contact
from botapp.storage.engine import Database
from botapp.storage.ledger import Entry, EntryKind
from botapp.storage.reengagements import State
from botapp.storage.replies import Reply, ReplyKey

# A lease is a hint: who holds one that has run out loses the claim to another, and no more. So it need only outlast the
# way from here to the claim, and an answer waits no longer than this when its worker dies on that way.
_LEASE = timedelta(seconds=4)
_LOOK_AGAIN = timedelta(milliseconds=100)
_PROFILE_WAIT_SECONDS = 0.5
_log = logging.getLogger(__name__)

_ENTRIES = {
    State.SENT: EntryKind.REPLY_SENT,
    State.FAILED: EntryKind.REPLY_FAILED,
    State.UNKNOWN: EntryKind.REPLY_UNKNOWN,
    State.EXPIRED: EntryKind.REPLY_FAILED,
    State.PLANNED: EntryKind.REPLY_RELEASED,
}
_CONFIRMS_A_NO = frozenset(
    {AnswerKind.STOP_CONFIRMED, AnswerKind.STOP_HOLDS, AnswerKind.MUTE_CONFIRMED, AnswerKind.OPTIN_NO}
    | {AnswerKind.DELETE_CONFIRMED}
)
_STEPS_BACK = frozenset({*DISCLOSING, AnswerKind.ANSWER, AnswerKind.ATTACHMENT, AnswerKind.HELP, AnswerKind.PERSON})


@dataclass(frozen=True, slots=True)
class ReplySender:
    """Sends the answers that are owed. Safe in any number of threads and processes."""

    database: Database
    house: HouseRules
    wordings: Wordings
    delivery: Delivery
    profiles: ProfileKeeper
    rate: Rate
    batch: int
    own_data: OwnDataAnswers | None = None

    def drain(self, pool: Executor, budget_seconds: float) -> int:
        """Answer for about `budget_seconds`; how many answers were taken up."""
        until = self.delivery.clock.elapsed() + budget_seconds
        taken = 0
        while self.delivery.clock.elapsed() < until:
            with self.database.transaction() as connection:
                now = self.database.now(connection)
                keys = replies.lease(connection, now, now + _LEASE, self.batch)
            if not keys:
                break
            wait([pool.submit(self._send_safely, key) for key in keys])
            # What the platform tells of a person is worth a moment, not a slow answer to the next one.
            wait([pool.submit(self._fetch_profile_safely, key) for key in keys], timeout=_PROFILE_WAIT_SECONDS)
            taken += len(keys)
        return taken

    def send(self, key: ReplyKey) -> None:
        """Claim, deliver and record one answer."""
        stopwatch = Stopwatch.start(self.delivery.clock)
        if not self.rate.spend(key.account_id):
            return  # the page is asked to be quiet; the lease expires and it is looked at again
        claim = self._claim(key, stopwatch)
        if claim is None:
            return
        outcome = self.delivery.deliver(claim)
        self._record(key, claim, outcome)
        self.delivery.respect(key.account_id, outcome)

    def _send_safely(self, key: ReplyKey) -> None:
        try:
            self.send(key)
        except Exception as error:  # noqa: BLE001  the one place that can act: its lease expires, or the sweep settles it
            _log.error("answer failed: %s", type(error).__name__)

    def _fetch_profile_safely(self, key: ReplyKey) -> None:
        try:
            self.profiles.fetch_once(key.account_id, key.contact_id)
        except Exception as error:  # noqa: BLE001  a name is not worth a fault
            _log.warning("profile not fetched: %s", type(error).__name__)

    def _claim(self, key: ReplyKey, stopwatch: Stopwatch) -> Claim | None:
        with self.database.transaction() as connection:
            contact = contacts.lock_contact(connection, key.account_id, key.contact_id)
            reply = replies.find(connection, key)
            if reply is None or reply.state is not State.PLANNED:
                return None
            account = accounts.load_account(connection, key.account_id)
            now = self.database.now(connection)
            key_of_contact = (contact.account_id, contact.id)
            kind = true_kind(contact, account, reply, lambda: Standings(connection, [key_of_contact]), now)
            reply = replace(reply, kind=kind)
            window = _answering_window(contact, reply, self.house)
            if not self._may_go_out(connection, contact, account, reply, window, now):
                return None
            message = Composer(self.house, self.wordings, self.own_data).message(
                connection, contact, account, reply, now
            )
            token = message.metadata.removeprefix(METADATA_PREFIX)
            values = {"claim_token": token, "claimed_at": now, "kind": kind, "text": message.text}
            if not replies.move(connection, key, State.PLANNED, State.CLAIMED, values):
                return None
        return Claim(message, account, now, window.closes_at - self.house.send_allowance, stopwatch)

    def _may_go_out(
        self, connection: Connection, contact: Contact, account: Account, reply: Reply, window: Window, now: datetime
    ) -> bool:
        """Whether to answer now. If never, the refusal is recorded; if later, the answer waits."""
        refusal = _refusal(contact, reply, window, self.house, now)
        if refusal is not None:
            values = {"reason": refusal, "recorded_at": now}
            replies.move(connection, reply.key, State.PLANNED, State.SKIPPED, values)
            entry = Entry(EntryKind.REPLY_SKIPPED, reason=refusal, evidence_key=reply.key.event_key)
            ledger.append(connection, contact, [entry], now)
            return False
        pause = None
        if account.paused_at is not None:
            pause = self.house.hold_interval
        elif reply.kind in _CONFIRMS_A_NO and self._any_on_the_wire(connection, contact, now):
            pause = _LOOK_AGAIN  # "you will hear no more from us" must not be followed by what was on its way
        if pause is not None:
            replies.move(connection, reply.key, State.PLANNED, State.PLANNED, {"not_before": now + pause})
        return pause is None

    def _any_on_the_wire(self, connection: Connection, contact: Contact, now: datetime) -> bool:
        """Whether a re-engagement of this person may still arrive, whichever of their identities it is for."""
        identities = contacts.find_identities(connection, contact.person_id)
        return reengagements.any_on_the_wire(connection, identities, now - self.house.claim_timeout)

    def _record(self, key: ReplyKey, claim: Claim, outcome: Outcome) -> None:
        with self.database.transaction() as connection:
            contact = contacts.lock_contact(connection, key.account_id, key.contact_id)
            now = self.database.now(connection)
            reply = replies.find(connection, key)
            found = consequence_of(outcome, reply.releases if reply else 0, claim.start_before, now, self.house)
            if found.retry_at is not None:
                moved = replies.release(connection, key, found.retry_at, found.reason)
            else:
                # Expired is a word of re-engagements: an answer that came too late has failed.
                target = State.FAILED if found.state is State.EXPIRED else found.state
                error = str(outcome.error) if outcome.error else None
                values = {"reason": found.reason, "recorded_at": now, "platform_error": error}
                values["message_id"] = outcome.message_id
                moved = replies.move(connection, key, State.CLAIMED, target, values)
            _keep_what_was_said(connection, contact, reply, outcome, now)
            if not moved:
                return
            details = {"detail": outcome.detail}
            entry = Entry(_ENTRIES[found.state], reason=found.reason, evidence_key=key.event_key, details=details)
            taught = learn(connection, contact, outcome.error, self.house, now) if outcome.error else []
            ledger.append(connection, contact, [entry, *taught], now)


def _answering_window(contact: Contact, reply: Reply, house: HouseRules) -> Window:
    """The platform's window. Where no event had a readable time, the arrival of what is answered stands in."""
    opened_at = contact.last_interaction_at or reply.planned_at
    return Window(opened_at, opened_at + house.window_length)


def _refusal(contact: Contact, reply: Reply, window: Window, house: HouseRules, now: datetime) -> Reason | None:
    """What no waiting can mend: too late, or a person has stepped in since it was planned."""
    if not window.admits(now, house.send_allowance):
        return Reason.WINDOW_CLOSED
    if reply.kind in _STEPS_BACK and thread_is_owned(contact, house, now):
        return Reason.THREAD_OWNED
    return None


def _keep_what_was_said(
    connection: Connection, contact: Contact, reply: Reply | None, outcome: Outcome, now: datetime
) -> None:
    """Automation is disclosed when the platform took the words; a question that was not put may be put again."""
    if reply is None:
        return
    key = (contact.account_id, contact.id)
    if outcome.kind is OutcomeKind.ACCEPTED and reply.kind in DISCLOSING:
        contacts.change_contact(connection, *key, disclosed_at=now)
    if outcome.kind is OutcomeKind.ACCEPTED and reply.kind == AnswerKind.DATA:
        privacy_requests.close_of_contact(connection, key, [privacy_requests.ACCESS], now)
    is_unsaid = outcome.kind in (OutcomeKind.REFUSED, OutcomeKind.NOT_SENT)
    if is_unsaid and reply.claimed_at is not None and contact.question_asked_at == reply.claimed_at:
        contacts.change_contact(connection, *key, question_asked_at=None)
