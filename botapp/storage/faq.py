"""What pages know to answer: immutable versions, and which of them answers."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from botapp.storage import campaigns
from botapp.storage.schema import faq_model, faq_version
from botapp.storage.statement import Statement

_LIVE_VERSION = Statement("SELECT version, model_hash FROM faq_model WHERE account_id = :account_id")
_LIVE_CONTENT = Statement(
    "SELECT v.version, v.content FROM faq_model m JOIN faq_version v"
    " ON v.account_id = m.account_id AND v.version = m.version WHERE m.account_id = :account_id"
)
_LIVE = Statement(
    "SELECT v.version, v.content, m.model, m.model_hash FROM faq_model m JOIN faq_version v"
    " ON v.account_id = m.account_id AND v.version = m.version WHERE m.account_id = :account_id"
)


@dataclass(frozen=True, slots=True)
class LiveFaq:
    version: int
    content: str
    model: bytes
    model_hash: str


def find_live_version(connection: Connection, account_id: int) -> tuple[int, str] | None:
    """The version that answers, and the hash of what was learnt from it; None for a page without a FAQ."""
    row = _LIVE_VERSION.first(connection, {"account_id": account_id})
    return None if row is None else (int(row[0]), str(row[1]))


def find_live_content(connection: Connection, account_id: int) -> tuple[int, str] | None:
    """The version that answers, and its entries as stored."""
    row = _LIVE_CONTENT.first(connection, {"account_id": account_id})
    return None if row is None else (int(row[0]), str(row[1]))


def find_live(connection: Connection, account_id: int) -> LiveFaq | None:
    """The same with what was learnt from it."""
    row = _LIVE.first(connection, {"account_id": account_id})
    return None if row is None else LiveFaq(int(row[0]), str(row[1]), bytes(row[2]), str(row[3]))


def store_version(
    connection: Connection, account_id: int, content: str, content_hash: str, created_at: datetime
) -> int:
    """The number of this content; a new one unless it has one already. The account's row must be held."""
    values = {"content": content, "content_hash": content_hash}
    return campaigns.store_version(connection, faq_version, {"account_id": account_id}, values, created_at)


def set_live(connection: Connection, account_id: int, version: int, model: bytes, model_hash: str) -> None:
    """From now on this version answers. The account's row must be held."""
    where = faq_model.c.account_id == account_id
    connection.execute(faq_model.delete().where(where))
    row = {"account_id": account_id, "version": version, "model": model, "model_hash": model_hash}
    connection.execute(faq_model.insert().values(row))
