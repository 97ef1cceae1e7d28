"""The words of one answer, and whether the opt-in question goes with them. Inside the claim's transaction."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from botapp.channels.port import OutboundMessage
from botapp.conversation.answers import (
    WITH_QUESTION,
    AnswerKind,
    OptInQuestion,
    Wordings,
    compose,
    default_question,
    filled,
)
from botapp.conversation.own_data import ABOUT_OWN_DATA, OwnDataAnswers
from botapp.identifiers import new_token
from botapp.policy.consent import Basis, ConsentState, allows, standing
from botapp.policy.suppression import stopped
from botapp.reengagement.delivery import METADATA_PREFIX
from botapp.reengagement.facts import Standings, zone_of
from botapp.reengagement.terms import HouseRules
from botapp.storage import campaigns, contacts, ledger
from botapp.storage.accounts import Account
from botapp.storage.contacts import Contact
from botapp.storage.ledger import Entry, EntryKind
from botapp.storage.replies import Reply

_NO = (ConsentState.WITHDRAWN, ConsentState.REFUSED)


@dataclass(frozen=True, slots=True)
class Composer:
    """Makes messages of answers."""

    house: HouseRules
    wordings: Wordings
    own_data: OwnDataAnswers | None = None  # None: there are no pages that show people their data

    def message(
        self, connection: Connection, contact: Contact, account: Account, reply: Reply, now: datetime
    ) -> OutboundMessage:
        """The message under a new token. The question, where it is put, is on record with it."""
        question = self._question(connection, contact, account, reply, now)
        until = reply.until.astimezone(zone_of(contact, account)).strftime("%Y-%m-%d %H:%M") if reply.until else None
        kind, values = self._complete(connection, contact, account, reply, now)
        text, quick_replies = compose(
            kind,
            reply.language,
            self.wordings,
            default_language=account.language,
            until=until,
            question=question,
        )
        return OutboundMessage(
            platform_contact_id=contact.platform_contact_id,
            text=filled(text, values) if values else text,
            metadata=METADATA_PREFIX + new_token(),
            is_response=True,
            quick_replies=quick_replies,
        )

    def _complete(
        self, connection: Connection, contact: Contact, account: Account, reply: Reply, now: datetime
    ) -> tuple[AnswerKind, Mapping[str, str]]:
        """What is to be looked up for an answer. Where we cannot show people their data, somebody of the team does."""
        if reply.kind not in ABOUT_OWN_DATA:
            return AnswerKind(reply.kind), {}
        if self.own_data is None:
            return AnswerKind.PERSON, {}
        return self.own_data.complete(connection, contact, account, reply, now)

    def _question(
        self, connection: Connection, contact: Contact, account: Account, reply: Reply, now: datetime
    ) -> OptInQuestion | None:
        """The opt-in question, where the page needs a yes and this person has not been asked lately or answered.

        Who says START asks for it, whatever was asked or answered before.
        """
        if account.basis != Basis.EXPLICIT or reply.kind not in WITH_QUESTION:
            return None
        key = (contact.account_id, contact.id)
        if reply.kind != AnswerKind.START_NEEDS_YES:
            asked_at = contact.question_asked_at
            if asked_at is not None and now - asked_at < self.house.disclosure_lapse:
                return None
            standings = Standings(connection, [key])
            consents = standings.consents(key)
            is_answered = allows(consents, Basis.EXPLICIT) or standing(consents) in _NO
            if is_answered or stopped(standings.suppressions(key).values(), now):
                return None
        stored = campaigns.load_live_question(connection, account.id)
        question = (
            OptInQuestion(str(stored.version), stored.text, stored.yes, stored.no)
            if stored
            else self._default_question(reply, account)
        )
        contacts.change_contact(connection, *key, question_asked_at=now)
        entry = Entry(EntryKind.QUESTION_ASKED, details={"wording_version": question.version})
        ledger.append(connection, contact, [entry], now)
        return question

    def _default_question(self, reply: Reply, account: Account) -> OptInQuestion:
        """The shipped wording; its version is made of the text itself, so that a record names what was shown."""
        question = default_question("", reply.language, self.wordings, default_language=account.language)
        digest = hashlib.sha256(f"{question.text}|{question.yes}|{question.no}".encode()).hexdigest()
        return replace(question, version=f"default-{digest[:12]}")
