"""Whether it helped: one optional tap, asked for within an answer that ends a conversation and never on its own.

Only pages that want to know ask, only where the FAQ or a person has just answered, and nobody is asked twice in a day.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

from botapp.channels.port import InboundEvent, QuickReply
from botapp.conversation.about import A_QUESTION, WHETHER_IT_HELPED, is_asked
from botapp.conversation.answers import CLOSING, AnswerKind, Wordings
from botapp.conversation.change import Change, Folding
from botapp.conversation.true_kind import DISCLOSING
from botapp.policy.suppression import stopped
from botapp.policy.window import clamp
from botapp.reengagement.facts import Standings
from botapp.storage import replies
from botapp.storage.accounts import Account
from botapp.storage.contacts import Contact
from botapp.storage.ledger import Entry, EntryKind
from botapp.storage.replies import BY_STAFF, Reply, Said
from botapp.understanding.wish import PAYLOAD_HELPED, PAYLOAD_NOT_HELPED

ON = "on"  # of a page's option
_QUESTION = "satisfaction_"  # and who answered: the text
_BUTTONS = {"button_helped": PAYLOAD_HELPED, "button_not_helped": PAYLOAD_NOT_HELPED}
_LOOKED_AT = 10  # answers back


class Helper(StrEnum):
    """Who answered."""

    FAQ = "faq"
    PERSON = "person"


def find_helper(
    connection: Connection, contact: Contact, account: Account, reply: Reply, since: datetime, now: datetime
) -> Helper | None:
    """Who answered before this closing, if the customer may be asked whether it helped.

    After a person the machine says first that it is one; that is no closing, but ends what the person said.
    """
    is_introduction = reply.kind in DISCLOSING and not is_asked(reply.about)
    if account.satisfaction != ON or not (reply.kind in CLOSING or is_introduction):
        return None
    helper = helper_among(replies.load_lately_said(connection, reply, since, _LOOKED_AT), contact.answered_at, since)
    if helper is None or (is_introduction and helper is not Helper.PERSON):
        return None
    key = (contact.account_id, contact.id)
    return None if stopped(Standings(connection, [key]).suppressions(key).values(), now) else helper


def helper_among(said: Sequence[Said], answered_at: datetime | None, since: datetime) -> Helper | None:
    """Who answered last, of what was said lately, the latest first; None if nobody did, or if this was asked then."""
    if any(earlier.about == WHETHER_IT_HELPED for earlier in said):
        return None
    for earlier in said:
        if earlier.kind == BY_STAFF:
            return Helper.PERSON
        if earlier.about not in (None, A_QUESTION):
            return Helper.FAQ
    return Helper.PERSON if answered_at is not None and answered_at >= since else None


def asking(
    text: str, helper: Helper, language: str | None, default: str, wordings: Wordings
) -> tuple[str, list[QuickReply]]:
    """The answer with the question after it, and its two buttons."""
    texts = wordings.texts_in(language, default)
    buttons = [QuickReply(texts[name], f"{payload}:{helper}") for name, payload in _BUTTONS.items()]
    return f"{text}\n\n{texts[_QUESTION + helper]}", buttons


def tapped(payload: str | None) -> tuple[AnswerKind, Helper] | None:
    """What a button said about whom, and how it is answered; None for any other button."""
    said, _, about = (payload or "").rpartition(":")
    if about not in set(Helper) or said not in _BUTTONS.values():
        return None
    return AnswerKind.SATISFIED if said == PAYLOAD_HELPED else AnswerKind.DISSATISFIED, Helper(about)


def fold_satisfaction(change: Change, event: InboundEvent, folding: Folding) -> None:
    """What they said is an entry of its own; any other event changes nothing."""
    found = tapped(event.payload)
    if found is None:
        return
    kind, helper = found
    at = clamp(event.occurred_at, folding.received_at) if event.occurred_at else None
    word = "helped" if kind is AnswerKind.SATISFIED else "not_helped"
    change.entries.append(
        Entry(EntryKind.SATISFACTION, occurred_at=at, reason=f"{helper}_{word}", evidence_key=event.key)
    )
