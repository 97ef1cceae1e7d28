"""Asks the optional responder what the FAQ is unsure of. Before the claim: no transaction is open while others think.

What it says is worth something only while the same question stands before the same entries: the claim looks again.
"""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection

from botapp.answering.grounding import Grounded, Judge, instructions, question_of
from botapp.channels.chat_completions import NoWords, Words
from botapp.conversation.about import is_asked
from botapp.conversation.knowledge import Answered, Doubt, Doubting
from botapp.conversation.true_kind import DISCLOSING
from botapp.conversation.turns import OF_QUESTIONS
from botapp.reengagement.facts import thread_is_owned
from botapp.reengagement.terms import HouseRules
from botapp.storage import accounts, contacts, replies
from botapp.storage.accounts import Account
from botapp.storage.engine import Database
from botapp.storage.reengagements import State
from botapp.storage.replies import Reply, ReplyKey

_ABOUT = "responder:"  # and the names of what was cited, in a reply's `about`
_log = logging.getLogger(__name__)


class Responder(Protocol):
    """Somebody who puts entries into words. `model` is the name under which the log tells of it."""

    @property
    def model(self) -> str: ...

    def complete(self, instructions: str, question: str) -> Words | NoWords:
        """Within its own bound, and without raising for the network."""
        ...


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What was said to a question, checked, and what it was said to."""

    doubt: Doubt
    answered: Answered


@dataclass(frozen=True, slots=True)
class Responding:
    """Knows when to ask, and whom."""

    database: Database
    house: HouseRules
    knowledge: Doubting
    responder: Responder
    judge: Judge

    def suggest(self, key: ReplyKey) -> Suggestion | None:
        """What the responder makes of the question that this answer is owed to; None: the bot goes its own way."""
        with self.database.reading() as connection:
            doubt = self._doubt(connection, key)
        if doubt is None or not doubt.entries:
            return None
        said = self.responder.complete(instructions(doubt.entries), question_of(doubt.question))
        if isinstance(said, NoWords):
            _log.info("the responder is not heard: %s", said.detail)
            return None
        judged = self.judge.judge(said.text, doubt.entries)
        if not isinstance(judged, Grounded):
            _log.info("the responder is not believed: %s", judged)
            return None
        about = _ABOUT + ",".join(judged.cited)
        answered = Answered(about, judged.text, doubt.entries[0].language, self._provenance(judged))
        return Suggestion(doubt, answered)

    def still_holds(self, connection: Connection, account: Account, reply: Reply, suggestion: Suggestion) -> bool:
        """Whether the same is asked now, and the page is as unsure of it as before."""
        return self.knowledge.doubt(connection, account, reply) == suggestion.doubt

    def _doubt(self, connection: Connection, key: ReplyKey) -> Doubt | None:
        reply = replies.find(connection, key)
        if reply is None or not _asks(reply):
            return None
        contact = contacts.load_contact(connection, key.account_id, key.contact_id)
        account = accounts.load_account(connection, key.account_id)
        now = self.database.now(connection)
        if account.paused_at is not None or thread_is_owned(contact, self.house, now):
            return None  # it waits, or is not sent: nobody is told what was asked
        return self.knowledge.doubt(connection, account, reply)

    def _provenance(self, judged: Grounded) -> Mapping[str, object]:
        """What the answer's entry tells of it. Entries hold no texts; the hash is of the words as they were said."""
        text_hash = hashlib.sha256(judged.text.encode()).hexdigest()
        return {"responder": self.responder.model, "cited": list(judged.cited), "text_hash": text_hash}


def _asks(reply: Reply) -> bool:
    """Whether a question is to be answered, by a row that nobody has begun to answer."""
    if reply.state is not State.PLANNED or reply.part:
        return False
    return reply.kind in OF_QUESTIONS or (reply.kind in DISCLOSING and is_asked(reply.about))
