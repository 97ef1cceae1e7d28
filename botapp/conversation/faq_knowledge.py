"""What a page's FAQ says to the message that an answer is owed to, and keeping what it could not say."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from botapp.answering.answerer import Answered as FaqAnswered
from botapp.answering.answerer import Answerer
from botapp.answering.answerer import Offered as FaqOffered
from botapp.answering.answerer import Unanswered as FaqUnanswered
from botapp.channels.port import InboundEvent, QuickReply
from botapp.conversation.answers import BUTTON_LIMIT
from botapp.conversation.knowledge import Answered, Doubt, Finding, Offered, Unanswered
from botapp.storage import inbound_events, unanswered
from botapp.storage.accounts import Account
from botapp.storage.replies import Reply
from botapp.storage.unanswered import Question
from botapp.understanding.faq.entry import FaqEntry
from botapp.understanding.wish import PAYLOAD_ENTRY

_FEWEST_WORDS = 2
_LONGEST_KEPT = 500  # characters; a longer message is a story, and its beginning tells what it is about


@dataclass(frozen=True, slots=True)
class FaqKnowledge:
    """Knowledge from the page's FAQ. `read_event` reads a stored event again (raw, page id)."""

    answerer: Answerer
    read_event: Callable[[str, str], InboundEvent | None]

    def find(self, connection: Connection, account: Account, reply: Reply) -> Finding | None:
        """What the FAQ says; None: the page has none, or what was written is not kept any more."""
        event = self._event(connection, account, reply)
        if event is None:
            return None
        language = reply.language or account.language
        if event.payload and event.payload.startswith(PAYLOAD_ENTRY):
            return self._chosen(connection, account, event.payload.removeprefix(PAYLOAD_ENTRY), language)
        return self._answer(connection, account, reply, event.text, language) if event.text else None

    def doubt(self, connection: Connection, account: Account, reply: Reply) -> Doubt | None:
        """What was asked in words and is not surely known; None for taps and where there is no FAQ."""
        event = self._event(connection, account, reply)
        if event is None or event.payload or not event.text:
            return None
        nearest = self.answerer.nearest(connection, account.id, event.text, reply.language or account.language)
        return None if nearest is None else Doubt(event.text, nearest)

    def _answer(
        self, connection: Connection, account: Account, reply: Reply, text: str, language: str
    ) -> Finding | None:
        match self.answerer.answer(connection, account.id, text, language):
            case FaqAnswered(entry):
                return Answered(entry.name, entry.answer, entry.language)
            case FaqOffered(entries):
                return Offered(tuple(_choice(entry) for entry in entries), entries[0].language)
            case FaqUnanswered():
                _keep(connection, reply, text, language)
                return Unanswered()
        return None

    def _chosen(self, connection: Connection, account: Account, choice: str, language: str) -> Finding | None:
        """What was tapped: the language of the question that was offered stands before its name."""
        asked, _, name = choice.partition(":")
        entry = self.answerer.entry(connection, account.id, name, asked or language)
        return Answered(entry.name, entry.answer, entry.language) if entry else Unanswered()

    def _event(self, connection: Connection, account: Account, reply: Reply) -> InboundEvent | None:
        raw = inbound_events.find_raw(connection, reply.key.account_id, reply.key.event_key)
        return self.read_event(raw, account.page_id) if raw else None


def _keep(connection: Connection, reply: Reply, text: str, language: str) -> None:
    """For staff to answer. A lone word, such as "hello", teaches nobody anything."""
    if len(text.split()) < _FEWEST_WORDS:
        return
    key, kept = reply.key, text[:_LONGEST_KEPT]
    question = Question(key.account_id, key.contact_id, key.event_key, kept, language, reply.planned_at)
    unanswered.store_new(connection, question)


def _choice(entry: FaqEntry) -> QuickReply:
    return QuickReply(entry.short_title(BUTTON_LIMIT), f"{PAYLOAD_ENTRY}{entry.language}:{entry.name}")
