"""One conversation for a person to read: both sides in order, with what is known of each line."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row

from botapp.channels.port import InboundEvent
from botapp.reengagement.delivery import METADATA_PREFIX
from botapp.storage import replies, transcripts
from botapp.storage.accounts import Account
from botapp.storage.contacts import Contact
from botapp.storage.replies import ReplyKey

ReadStored = Callable[[str, str], InboundEvent | None]
LINES = 200
_EDIT = "message_edit"


class Speaker(StrEnum):
    CUSTOMER = "customer"
    BOT = "bot"
    STAFF = "staff"  # from this desk
    OTHERS = "others"  # from the platform's inbox, or another app


@dataclass(frozen=True, slots=True)
class Line:
    """One message. Without a text it is gone, or never was one; then the kind says what it was."""

    at: datetime
    speaker: Speaker
    text: str | None
    kind: str = ""
    state: str = ""  # of what we sent
    reason: str | None = None
    staff_id: int | None = None
    is_forgotten: bool = False


def load_transcript(connection: Connection, contact: Contact, page: Account, read_stored: ReadStored) -> list[Line]:
    """The newest lines, the oldest of them first."""
    lines = [
        line
        for row in transcripts.load_events(connection, contact, LINES)
        if (line := _heard(row, page, read_stored)) is not None
    ]
    lines += [_answer(row) for row in transcripts.load_replies(connection, contact, LINES)]
    lines += _own_messages(connection, contact)
    return sorted(lines, key=lambda line: line.at)[-LINES:]


def _heard(row: Row[Any], page: Account, read_stored: ReadStored) -> Line | None:
    """None for what is no line of the conversation: copies of our own messages, and edits, read in the first."""
    if row.kind == _EDIT:
        return None
    at = min(row.occurred_at or row.received_at, row.received_at)
    is_echo = row.signal == "echo"
    event = read_stored(row.raw, page.page_id)
    if is_echo and (event is None or (event.metadata or "").startswith(METADATA_PREFIX)):
        return None
    speaker = Speaker.OTHERS if is_echo else Speaker.CUSTOMER
    return Line(at, speaker, event.text if event else None, row.kind, is_forgotten=row.raw == "")


def _answer(row: Row[Any]) -> Line:
    author = replies.find_author(ReplyKey(row.account_id, row.contact_id, row.event_key))
    at = row.claimed_at or row.planned_at
    speaker = Speaker.BOT if author is None else Speaker.STAFF
    return Line(at, speaker, row.text, state=row.state, reason=row.reason, staff_id=author)


def _own_messages(connection: Connection, contact: Contact) -> Iterator[Line]:
    for row in transcripts.load_reengagements(connection, contact, LINES):
        yield Line(row.claimed_at, Speaker.BOT, row.text or None, state=row.state, is_forgotten=not row.text)
