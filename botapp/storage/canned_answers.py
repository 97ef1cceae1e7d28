"""Words that people of the team keep ready, per page and language."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from botapp.storage import bulk
from botapp.storage.schema import canned_answer


@dataclass(frozen=True, slots=True)
class CannedAnswer:
    account_id: int
    language: str
    name: str
    text: str


_KEY = ("account_id", "language", "name")


def load_of_page(connection: Connection, account_id: int) -> list[CannedAnswer]:
    """By language and name."""
    c = canned_answer.c
    found = select(c.account_id, c.language, c.name, c.text).where(c.account_id == account_id)
    return [CannedAnswer(*row) for row in connection.execute(found.order_by(c.language, c.name))]


def find(connection: Connection, account_id: int, language: str, name: str) -> CannedAnswer | None:
    """The one of that name; None if there is none."""
    c = canned_answer.c
    found = select(c.account_id, c.language, c.name, c.text)
    row = connection.execute(found.where(c.account_id == account_id, c.language == language, c.name == name)).first()
    return CannedAnswer(*row) if row else None


def save(connection: Connection, answer: CannedAnswer) -> None:
    """Keep it; of the same name in the same language only the last."""
    row: Mapping[str, object] = {name: getattr(answer, name) for name in CannedAnswer.__slots__}
    bulk.upsert(connection, canned_answer, [row], key=_KEY)


def remove(connection: Connection, account_id: int, language: str, name: str) -> bool:
    """False if there was none."""
    c = canned_answer.c
    gone = delete(canned_answer).where(c.account_id == account_id, c.language == language, c.name == name)
    return connection.execute(gone).rowcount == 1
