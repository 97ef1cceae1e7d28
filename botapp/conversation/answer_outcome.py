"""What becomes of an answer that was claimed: its row leaves the claim, and what was said is remembered."""

from datetime import datetime

from sqlalchemy import Connection

from botapp.channels.port import Outcome, OutcomeKind
from botapp.conversation.answers import AnswerKind
from botapp.conversation.true_kind import DISCLOSING
from botapp.reengagement.outcome import Consequence
from botapp.storage import contacts, privacy_requests, replies
from botapp.storage.contacts import Contact
from botapp.storage.ledger import EntryKind
from botapp.storage.reengagements import State
from botapp.storage.replies import Reply, ReplyKey

ENTRIES = {
    State.SENT: EntryKind.REPLY_SENT,
    State.FAILED: EntryKind.REPLY_FAILED,
    State.UNKNOWN: EntryKind.REPLY_UNKNOWN,
    State.EXPIRED: EntryKind.REPLY_FAILED,
    State.PLANNED: EntryKind.REPLY_RELEASED,
}


def move_on(
    connection: Connection, key: ReplyKey, reply: Reply | None, found: Consequence, outcome: Outcome, now: datetime
) -> bool:
    """Leave the claim for what became of it; False where it was left already."""
    if found.retry_at is not None:
        is_begun = reply is not None and reply.part > 0
        return replies.release(connection, key, found.retry_at, found.reason, is_begun=is_begun)
    if reply is not None and reply.has_more_to_say and found.state is State.SENT:
        return replies.go_on(connection, reply, now)
    # Expired is a word of re-engagements: an answer that came too late has failed.
    target = State.FAILED if found.state is State.EXPIRED else found.state
    error = str(outcome.error) if outcome.error else None
    values = {"reason": found.reason, "recorded_at": now, "platform_error": error, "message_id": outcome.message_id}
    return replies.move(connection, key, State.CLAIMED, target, values)


def keep_what_was_said(
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
