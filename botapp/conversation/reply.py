"""Answers on their way: in order within a contact, claimed before they are written, retried only where certain."""

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, wait
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from botapp.channels.port import OutboundMessage, Outcome, OutcomeKind
from botapp.channels.rate import Rate
from botapp.conversation import handover, still_owed
from botapp.conversation.answer_outcome import ENTRIES, keep_what_was_said, move_on
from botapp.conversation.answers import AnswerKind, Wordings
from botapp.conversation.composer import Composed, Composer
from botapp.conversation.knowledge import Answered, Finding, Knowledge
from botapp.conversation.own_data import OwnDataAnswers
from botapp.conversation.profiles import ProfileKeeper
from botapp.conversation.responding import Responding, Suggestion
from botapp.conversation.splitting import split_text
from botapp.conversation.texts import PageTexts
from botapp.conversation.true_kind import true_kind
from botapp.conversation.turns import Turn, take_turn
from botapp.conversation.typing import TypingIndicator
from botapp.identifiers import new_token
from botapp.policy.reason import Reason
from botapp.reengagement.delivery import METADATA_PREFIX, Claim, Delivery, Stopwatch
from botapp.reengagement.facts import Standings
from botapp.reengagement.outcome import consequence_of, learn
from botapp.reengagement.terms import HouseRules
from botapp.storage import accounts, contacts, ledger, replies
from botapp.storage.accounts import Account
from botapp.storage.contacts import Contact
from botapp.storage.engine import Database
from botapp.storage.ledger import Entry, EntryKind
from botapp.storage.reengagements import State
from botapp.storage.replies import Reply, ReplyKey

# A lease is a hint: who holds one that has run out loses the claim to another, and no more. So it need only outlast the
# way from here to the claim, and an answer waits no longer than this when its worker dies on that way.
_LEASE = timedelta(seconds=4)
_PROFILE_WAIT_SECONDS = 0.5
_REMEMBERED = 10  # answers back, to know what was said lately
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Claimed:
    """A claim, and what its entry will say of the wording that was shown."""

    claim: Claim
    said: Mapping[str, object]

    @property
    def token(self) -> str:
        return self.claim.message.metadata.removeprefix(METADATA_PREFIX)


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
    page_texts: PageTexts | None = None  # None: every page says what is shipped
    knowledge: Knowledge | None = None
    typing: TypingIndicator | None = None
    responding: Responding | None = None  # None: only the page itself answers

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
        """Claim, deliver and record one answer, part by part."""
        while self._send_part(key):
            pass

    def _send_part(self, key: ReplyKey) -> bool:
        """Whether another part of it is due."""
        if not self.rate.spend(key.account_id):
            return False  # the page is asked to be quiet; the lease expires and it is looked at again
        with self.typing.until_written(key) if self.typing else nullcontext():
            suggestion = self.responding.suggest(key) if self.responding else None
            claimed = self._claim(key, suggestion, Stopwatch.start(self.delivery.clock))
        if claimed is None:
            return False
        outcome = self.delivery.deliver(claimed.claim)
        goes_on = self._record(key, claimed, outcome)
        self.delivery.respect(key.account_id, outcome)
        return goes_on

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

    def _claim(self, key: ReplyKey, suggestion: Suggestion | None, stopwatch: Stopwatch) -> _Claimed | None:
        with self.database.transaction() as connection:
            contact = contacts.lock_contact(connection, key.account_id, key.contact_id)
            reply = replies.find(connection, key)
            if reply is None or reply.state is not State.PLANNED:
                return None
            account = accounts.load_account(connection, key.account_id)
            now = self.database.now(connection)
            turn = self._turn(connection, contact, account, reply, suggestion, now)
            if turn is not None:
                # Whose language nobody knows yet is spoken to in that of what they asked.
                language = contact.language or turn.language or reply.language
                reply = replace(reply, kind=turn.kind, language=language)
                contact = self._bring_in_a_person(connection, contact, reply, turn, now)
            window = still_owed.answering_window(contact, reply, self.house)
            refusal = still_owed.refusal(connection, contact, reply, self.house, now)
            if refusal is not None or turn is None:
                _skip(connection, contact, reply, refusal or Reason.ALREADY_CLOSED, now)
                return None
            if not self._may_go_out(connection, contact, account, reply, now):
                return None
            wordings = self._wordings(connection, account)
            own_data = replace(self.own_data, wordings=wordings) if self.own_data else None
            composed = Composer(self.house, wordings, own_data).compose(connection, contact, account, reply, turn, now)
            parts = split_text(composed.text, self.house.text_limit - 1) or [""]
            message = _message(contact, composed, parts, reply.part)
            token = message.metadata.removeprefix(METADATA_PREFIX)
            values = {"claim_token": token, "claimed_at": now, "kind": composed.kind, "text": composed.text}
            values |= {"about": composed.about, "parts": len(parts)}
            if not replies.move(connection, key, State.PLANNED, State.CLAIMED, values):
                return None
        claim = Claim(message, account, now, window.closes_at - self.house.send_allowance, stopwatch)
        said: dict[str, object] = {
            "answer": composed.kind,
            "language": reply.language or account.language,
            "wording": wordings.version,
        }
        said |= turn.found.provenance if isinstance(turn.found, Answered) else {}
        return _Claimed(claim, said | ({"part": reply.part + 1, "parts": len(parts)} if len(parts) > 1 else {}))

    def _turn(
        self,
        connection: Connection,
        contact: Contact,
        account: Account,
        reply: Reply,
        suggestion: Suggestion | None,
        now: datetime,
    ) -> Turn | None:
        """What this answer is about now; None where it need not be said again. What was begun goes on as it was."""
        if reply.part:
            return Turn(reply.kind)
        key, since = (contact.account_id, contact.id), now - self.house.disclosure_lapse
        kind = true_kind(
            contact,
            account,
            reply,
            lambda: Standings(connection, [key]),
            lambda: replies.is_followed_by(connection, reply, AnswerKind.START_CONFIRMED),
            now,
        )
        return take_turn(
            reply,
            kind,
            lambda: self._find(connection, account, reply, suggestion),
            lambda: replies.load_lately_said(connection, reply, since, _REMEMBERED),
        )

    def _find(
        self, connection: Connection, account: Account, reply: Reply, suggestion: Suggestion | None
    ) -> Finding | None:
        """What the page knows to it, or else what was suggested to the same question."""
        if self.knowledge is None:
            return None
        found = self.knowledge.find(connection, account, reply)
        if suggestion is None or self.responding is None:
            return found
        return suggestion.answered if self.responding.still_holds(connection, account, reply, suggestion) else found

    def _bring_in_a_person(
        self, connection: Connection, contact: Contact, reply: Reply, turn: Turn, now: datetime
    ) -> Contact:
        """After failures in a row, or to who is angry again; the contact as it is then."""
        if turn.cause is None:
            return contact
        key = reply.key
        handover.request_handover(connection, contact, turn.cause, key.event_key, self.house, now)
        return contacts.load_contact(connection, key.account_id, key.contact_id)

    def _wordings(self, connection: Connection, account: Account) -> Wordings:
        return self.page_texts.of(connection, account) if self.page_texts else self.wordings

    def _may_go_out(
        self, connection: Connection, contact: Contact, account: Account, reply: Reply, now: datetime
    ) -> bool:
        """Whether to answer now; otherwise the answer waits."""
        pause = still_owed.pause(connection, contact, account, reply, self.house, now)
        if pause is not None:
            replies.move(connection, reply.key, State.PLANNED, State.PLANNED, {"not_before": now + pause})
        return pause is None

    def _record(self, key: ReplyKey, claimed: _Claimed, outcome: Outcome) -> bool:
        """What became of it; whether the next part of the same answer is due."""
        with self.database.transaction() as connection:
            contact = contacts.lock_contact(connection, key.account_id, key.contact_id)
            now = self.database.now(connection)
            reply = replies.find(connection, key)
            if reply is not None and reply.claim_token != claimed.token:
                return False  # the platform's echo was first, and the next part is on its way
            found = consequence_of(outcome, reply.releases if reply else 0, claimed.claim.start_before, now, self.house)
            goes_on = reply is not None and reply.has_more_to_say and found.state is State.SENT
            moved = move_on(connection, key, reply, found, outcome, now)
            keep_what_was_said(connection, contact, reply, outcome, now)
            if not moved:
                return False
            details = {"detail": outcome.detail, **claimed.said}
            entry = Entry(ENTRIES[found.state], reason=found.reason, evidence_key=key.event_key, details=details)
            taught = learn(connection, contact, outcome.error, self.house, now) if outcome.error else []
            if outcome.kind is OutcomeKind.ACCEPTED and reply is not None and not goes_on:
                taught += handover.answered(connection, contact, reply, now)
            ledger.append(connection, contact, [entry, *taught], now)
            return goes_on


def _message(contact: Contact, composed: Composed, parts: Sequence[str], part: int) -> OutboundMessage:
    """One part under a new token. Buttons vanish with the next message, so they come with the last one."""
    is_last = part + 1 >= len(parts)
    return OutboundMessage(
        platform_contact_id=contact.platform_contact_id,
        text=parts[min(part, len(parts) - 1)],
        metadata=METADATA_PREFIX + new_token(),
        is_response=True,
        quick_replies=composed.quick_replies if is_last else (),
        buttons=composed.buttons,
        image_url=composed.image_url,
    )


def _skip(connection: Connection, contact: Contact, reply: Reply, refusal: Reason, now: datetime) -> None:
    if replies.move(connection, reply.key, State.PLANNED, State.SKIPPED, {"reason": refusal, "recorded_at": now}):
        entry = Entry(EntryKind.REPLY_SKIPPED, reason=refusal, evidence_key=reply.key.event_key)
        ledger.append(connection, contact, [entry], now)
