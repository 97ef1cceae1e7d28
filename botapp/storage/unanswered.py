"""Questions that could not be answered, kept for staff as long as messages are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from botapp.storage import bulk
from botapp.storage.schema import unanswered_question
from botapp.storage.statement import Columns, Statement

_COLUMNS = Columns(unanswered_question, "account_id", "contact_id", "event_key", "text", "language", "asked_at")
_OPEN = Statement(
    f"SELECT {_COLUMNS.names} FROM unanswered_question WHERE account_id = :account_id AND state = 'open'"  # noqa: S608  names are our schema's
    " ORDER BY asked_at, contact_id, event_key LIMIT :limit"
)
_MARK_ANSWERED = Statement(
    "UPDATE unanswered_question SET state = 'answered', entry = :entry WHERE account_id = :account_id"
    " AND contact_id = :contact_id AND event_key = :event_key AND state = 'open'"
)
_FORGET = Statement(
    "DELETE FROM unanswered_question WHERE account_id = :account_id AND contact_id = :contact_id"
    " AND event_key = :event_key"
)


@dataclass(frozen=True, slots=True)
class Question:
    account_id: int
    contact_id: int
    event_key: str
    text: str
    language: str
    asked_at: datetime


def store_new(connection: Connection, question: Question) -> None:
    """Keep a question; one that is kept already stays as it is."""
    row = {name: getattr(question, name) for name in Question.__slots__}
    bulk.insert_new(connection, unanswered_question, [row])


def load_open(connection: Connection, account_id: int, limit: int) -> Sequence[Question]:
    """The oldest first."""
    rows = _OPEN.rows(connection, {"account_id": account_id, "limit": limit})
    return [Question(*_COLUMNS.read(row)) for row in rows]


def mark_answered(connection: Connection, questions: Iterable[Question], entry: str) -> int:
    """An entry answers these from now on; how many were still open."""
    return sum(_MARK_ANSWERED.run(connection, _key(question) | {"entry": entry}) for question in questions)


def forget(connection: Connection, account_id: int, contact_id: int, event_key: str) -> None:
    """The person took the message back."""
    _FORGET.send(connection, {"account_id": account_id, "contact_id": contact_id, "event_key": event_key})


def _key(question: Question) -> dict[str, int | str]:
    return {
        "account_id": question.account_id,
        "contact_id": question.contact_id,
        "event_key": question.event_key,
    }
