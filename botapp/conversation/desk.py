"""What people of the team do with a conversation: take it on, answer, give it back to the bot, close it.

Each step is one transaction under the contact's lock, from a named state; who loses a race is told what happened.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

from botapp.conversation import handover
from botapp.conversation.answers import PERSON_WRITES, AnswerKind
from botapp.conversation.texts import PageTexts
from botapp.policy.window import Window
from botapp.reengagement.terms import HouseRules
from botapp.storage import accounts, contacts, erasure, handovers, ledger, replies
from botapp.storage.contacts import Contact
from botapp.storage.engine import Database
from botapp.storage.handovers import Handover, HandoverKey, HandoverState, Outcome
from botapp.storage.ledger import Entry, EntryKind
from botapp.storage.replies import BY_STAFF, ReplyKey


class Refusal(StrEnum):
    """Why a step was not taken."""

    TAKEN = "taken"  # somebody else was faster, or it is over
    NOT_YOURS = "not_yours"  # it has to be claimed first
    WINDOW_CLOSED = "window_closed"
    SAID_STOP = "said_stop"  # and has not written since
    EMPTY = "empty"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class _Case:
    """A hand-over with its locked contact."""

    connection: Connection
    contact: Contact
    found: Handover
    now: datetime

    def is_held_by(self, staff_id: int) -> bool:
        return self.found.state is HandoverState.CLAIMED and self.found.staff_id == staff_id

    def record(self, entries: Iterable[Entry], *, owner: str | None = None) -> None:
        """Append to the log; the thread passes to an owner with the same stroke, where one is named."""
        passed, changes = handover.owned_by(owner, self.contact, self.now) if owner else (None, {})
        entries = [*entries, passed] if passed else entries
        ledger.append(self.connection, self.contact, entries, self.now, **changes)


@dataclass(frozen=True, slots=True)
class HandoverDesk:
    """The steps of a staff member, named by their number. None: done."""

    database: Database
    house: HouseRules
    page_texts: PageTexts

    def claim(self, key: HandoverKey, staff_id: int, known: int | None = None) -> Refusal | None:
        """Take a conversation from the queue, or over from a colleague (`known`). Of two who do so, one wins."""

        def step(case: _Case) -> Refusal | None:
            if not handovers.claim(case.connection, key, staff_id, known, case.now):
                return Refusal.TAKEN
            kind = EntryKind.HANDOVER_CLAIMED
            entry = handover.entry_of(kind, case.found, case.now, by=staff_id, taken_from=known)
            case.record([entry], owner="person")
            return None

        return self._with(key, step)

    def answer(self, key: HandoverKey, staff_id: int, text: str, nonce: str) -> Refusal | None:
        """Write to the customer, by way of the bot's own answers: claimed, inside the window, recorded.

        A form that is sent twice, which its nonce shows, is one answer.
        """

        def step(case: _Case) -> Refusal | None:
            written = replies.key_by_staff(key.contact, staff_id, nonce)
            if replies.find(case.connection, written) is not None:
                return None
            words = self._words(case, text.strip())
            refusal = self._refusal(case, staff_id, text.strip(), words)
            if refusal is None:
                _write(case, written, words)
            return refusal

        return self._with(key, step)

    def hand_back(self, key: HandoverKey, staff_id: int) -> Refusal | None:
        """The bot goes on: it introduces itself again, at once where the customer's last words are not answered."""
        return self._end(key, staff_id, Outcome.HANDED_BACK)

    def close(self, key: HandoverKey, staff_id: int) -> Refusal | None:
        """Nothing is left to do: the bot answers again when the customer writes, and introduces itself then."""
        return self._end(key, staff_id, Outcome.CLOSED)

    def take_back(self, key: HandoverKey, staff_id: int) -> Refusal | None:
        """Take the thread out of the platform's inbox for the bot; a worker asks the platform for it."""

        def step(case: _Case) -> Refusal | None:
            moved = handovers.move(
                case.connection, key, HandoverState.PASSED, HandoverState.TAKING, staff_id=staff_id, not_before=case.now
            )
            if not moved:
                return Refusal.TAKEN
            case.record([handover.entry_of(EntryKind.HANDOVER_CLAIMED, case.found, case.now, by=staff_id)])
            return None

        return self._with(key, step)

    def _end(self, key: HandoverKey, staff_id: int, outcome: Outcome) -> Refusal | None:
        def step(case: _Case) -> Refusal | None:
            if not case.is_held_by(staff_id):
                return Refusal.NOT_YOURS
            entries = handover.end(case.connection, case.found, outcome, case.now, by=staff_id)
            if not entries:
                return Refusal.TAKEN
            if outcome is Outcome.HANDED_BACK and _is_owed_an_answer(case):
                entries.append(_greeting(case, len(entries) + 1))
            case.record(entries, owner="bot")
            return None

        return self._with(key, step)

    def _with(self, key: HandoverKey, step: Callable[[_Case], Refusal | None]) -> Refusal | None:
        with self.database.transaction() as connection:
            try:
                contact = contacts.lock_contact(connection, key.account_id, key.contact_id)
            except LookupError:
                return Refusal.TAKEN
            found = handovers.find(connection, key)
            if found is None or not found.is_open or erasure.is_erased(contact):
                return Refusal.TAKEN
            return step(_Case(connection, contact, found, self.database.now(connection)))

    def _words(self, case: _Case, text: str) -> str:
        """Before the first words of a person stands that a person writes."""
        if case.found.answered_at is not None and case.found.answered_at >= (case.found.claimed_at or case.now):
            return text
        page = accounts.load_account(case.connection, case.contact.account_id)
        wordings = self.page_texts.of(case.connection, page)
        said = wordings.texts_in(case.contact.language, page.language)[PERSON_WRITES]
        return f"{said}\n\n{text}"

    def _refusal(self, case: _Case, staff_id: int, text: str, words: str) -> Refusal | None:
        opened_at = case.contact.last_interaction_at
        window = Window(opened_at, opened_at + self.house.window_length) if opened_at else None
        checks = (
            (not case.is_held_by(staff_id), Refusal.NOT_YOURS),
            (not text, Refusal.EMPTY),
            (len(words) >= self.house.text_limit, Refusal.TOO_LONG),
            (window is None or not window.admits(case.now, self.house.send_allowance), Refusal.WINDOW_CLOSED),
            (handover.said_stop_last(case.connection, case.contact, case.now), Refusal.SAID_STOP),
        )
        return next((refusal for is_refused, refusal in checks if is_refused), None)


def _write(case: _Case, written: ReplyKey, words: str) -> None:
    """Plan the answer. The thread stays with people for another while."""
    kind, author = EntryKind.HANDOVER_ANSWERED, replies.find_author(written)
    entry = handover.entry_of(kind, case.found, case.now, by=author)._replace(evidence_key=written.event_key)
    row = _row(case, written, BY_STAFF, case.contact.ledger_sequence + 1)
    replies.store_new(case.connection, [{**row, "text": words}])
    case.record([entry], owner="person")


def _greeting(case: _Case, place: int) -> Entry:
    """What the bot owes: the first words of its own after a person's."""
    key = ReplyKey(*case.found.key.contact, f"handback:{case.found.key.number}")
    page = accounts.load_account(case.connection, case.contact.account_id)
    row = _row(case, key, AnswerKind.GREETING, case.contact.ledger_sequence + place)
    replies.store_new(case.connection, [{**row, "language": case.contact.language or page.language}])
    return Entry(EntryKind.REPLY_PLANNED, occurred_at=case.now, evidence_key=key.event_key)


def _row(case: _Case, key: ReplyKey, kind: str, position: int) -> dict[str, object]:
    return {
        "account_id": key.account_id,
        "contact_id": key.contact_id,
        "event_key": key.event_key,
        "position": position,
        "kind": kind,
        "state": "planned",
        "planned_at": case.now,
        "not_before": case.now,
    }


def _is_owed_an_answer(case: _Case) -> bool:
    """Whether the customer has written since a person answered last."""
    answered_at, last_at = case.found.answered_at, case.contact.last_interaction_at
    return answered_at is None or (last_at is not None and last_at > answered_at)
