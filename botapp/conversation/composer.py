"""The words of one answer, and whether the opt-in question goes with them. Inside the claim's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from botapp.channels.port import LinkButton, QuickReply
from botapp.conversation import satisfaction, trials
from botapp.conversation.about import WHETHER_IT_HELPED
from botapp.conversation.answers import (
    WITH_QUESTION,
    AnswerKind,
    OptInQuestion,
    Wordings,
    compose,
    default_question,
    filled,
)
from botapp.conversation.knowledge import Answered, Offered
from botapp.conversation.moment_words import tell_moment
from botapp.conversation.own_data import ABOUT_OWN_DATA, OwnDataAnswers
from botapp.conversation.preference_menus import PreferenceMenus, shipped_preference_menus
from botapp.conversation.turns import Turn
from botapp.conversation.way_out import way_out_in
from botapp.policy.consent import Basis, ConsentState, allows, standing
from botapp.policy.suppression import stopped
from botapp.policy.wording import Wording
from botapp.reengagement.facts import Standings, zone_of
from botapp.reengagement.message import compose_message
from botapp.reengagement.terms import HouseRules
from botapp.storage import campaigns, contacts, ledger
from botapp.storage.accounts import Account
from botapp.storage.contacts import Contact
from botapp.storage.ledger import Entry, EntryKind
from botapp.storage.replies import BY_STAFF, TRIAL, Reply
from botapp.understanding.preferences import Menu

_NO = (ConsentState.WITHDRAWN, ConsentState.REFUSED)


@dataclass(frozen=True, slots=True)
class Composed:
    """An answer in words, before it is divided into messages."""

    kind: str
    text: str
    quick_replies: Sequence[QuickReply] = ()
    about: str | None = None
    buttons: Sequence[LinkButton | QuickReply] = ()
    image_url: str | None = None


@dataclass(frozen=True, slots=True)
class Composer:
    """Makes messages of answers."""

    house: HouseRules
    wordings: Wordings
    own_data: OwnDataAnswers | None = None  # None: there are no pages that show people their data
    menus: PreferenceMenus = field(default_factory=shipped_preference_menus)

    def compose(
        self, connection: Connection, contact: Contact, account: Account, reply: Reply, turn: Turn, now: datetime
    ) -> Composed:
        """The whole answer. The question, where it is put, is on record with it."""
        if reply.kind in (BY_STAFF, TRIAL):
            return self._by_staff(connection, contact, account, reply, now)
        if reply.kind in set(Menu):
            own = self.wordings.own_in
            return Composed(reply.kind, *self.menus.compose(connection, contact, account, reply, now, own))
        if reply.part:  # what was begun is ended as it was begun
            kind = AnswerKind(reply.kind)
            _, buttons = compose(kind, reply.language, self.wordings, default_language=account.language)
            return Composed(kind, reply.text or "", buttons, reply.about)
        if isinstance(turn.found, Answered):
            return self._answer_from_knowledge(account, reply, turn.kind, turn.found)
        question = self._question(connection, contact, account, reply, now)
        until = _in_words(reply, contact, account, now)
        kind, values = self._complete(connection, contact, account, reply, now)
        text, quick_replies = compose(
            kind,
            reply.language,
            self.wordings,
            default_language=account.language,
            until=until,
            question=question,
        )
        helper = satisfaction.find_helper(connection, contact, account, reply, now - self.house.disclosure_lapse, now)
        if helper is not None and question is None:  # one question at a time
            text, asked = satisfaction.asking(text, helper, reply.language, account.language, self.wordings)
            return Composed(reply.kind, text, (*asked, *quick_replies), about=WHETHER_IT_HELPED)
        if isinstance(turn.found, Offered):
            quick_replies = (*turn.found.choices, *quick_replies)
            text = text if kind is AnswerKind.OFFERED else f"{text}\n\n{self._offered(account, reply)}"
        if self._is_muted_under_a_stop(connection, contact, reply, now):
            holds, quick_replies = compose(
                AnswerKind.STOP_HOLDS, reply.language, self.wordings, default_language=account.language
            )
            text = f"{text}\n\n{holds}"
        return Composed(reply.kind, filled(text, values) if values else text, quick_replies)

    def _offered(self, account: Account, reply: Reply) -> str:
        """What introduces the likeliest questions behind a greeting."""
        return self.wordings.texts_in(reply.language, account.language)[AnswerKind.OFFERED]

    def _is_muted_under_a_stop(self, connection: Connection, contact: Contact, reply: Reply, now: datetime) -> bool:
        """Whether a mute is confirmed that ends no stop."""
        key = (contact.account_id, contact.id)
        if reply.kind != AnswerKind.MUTE_CONFIRMED:
            return False
        return stopped(Standings(connection, [key]).suppressions(key).values(), now)

    def _by_staff(
        self, connection: Connection, contact: Contact, account: Account, reply: Reply, now: datetime
    ) -> Composed:
        """What somebody of the team wrote; or a template that they try, as customers would get it."""
        if reply.kind == BY_STAFF:
            return Composed(reply.kind, reply.text or "")
        found = trials.look(connection, account, contact, reply, self.house, now)
        if not isinstance(found, Wording):
            raise TypeError("a trial that is refused is not composed")
        stop = way_out_in(self.wordings, account, reply.language)
        sent = compose_message(contact.platform_contact_id, found.text, found.parts, "", way_out=[stop])
        return Composed(reply.kind, sent.text, sent.quick_replies, reply.about, sent.buttons, sent.image_url)

    def _answer_from_knowledge(self, account: Account, reply: Reply, kind: str, found: Answered) -> Composed:
        """What the page says to it: after a greeting, introduced as said once already, or before a question."""
        named = AnswerKind(kind)
        is_alone = named is AnswerKind.ANSWER
        language = reply.language if is_alone else found.language or reply.language  # of two texts in one message
        said, buttons = compose(named, language, self.wordings, default_language=account.language)
        texts = [found.text, said] if named is AnswerKind.STOP_ASKED else [said, found.text]
        return Composed(kind, found.text if is_alone else "\n\n".join(texts), buttons, found.entry)

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
            else default_question(reply.language, self.wordings, default_language=account.language)
        )
        contacts.change_contact(connection, *key, question_asked_at=now)
        entry = Entry(EntryKind.QUESTION_ASKED, details={"wording_version": question.version})
        ledger.append(connection, contact, [entry], now)
        return question


def _in_words(reply: Reply, contact: Contact, account: Account, now: datetime) -> str | None:
    """The end of a mute, by the calendar and the clock of the person, in their language; None if it has none."""
    if reply.until is None:
        return None
    local = reply.until.astimezone(zone_of(contact, account))
    return tell_moment(reply.language, account.language, local, now, own=contact.zone is not None)
