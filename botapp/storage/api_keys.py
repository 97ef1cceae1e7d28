"""Keys of the API. The database has only their hashes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from botapp.storage.schema import api_key

EVERY_PAGE = 0
_SHOWN = tuple(column for column in api_key.c if column.name != "token_hash")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One key. `account_id` is the page that it is for, or EVERY_PAGE."""

    id: int
    account_id: int
    name: str
    scopes: frozenset[str]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    staff_id: int | None  # for whom it acts; None: for a system

    @property
    def author(self) -> int:
        """As the record has whoever acts: a staff member's number, or a system's key as a number below zero."""
        return -self.id if self.staff_id is None else self.staff_id

    def is_valid(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at

    def is_for(self, account_id: int) -> bool:
        return self.account_id in (EVERY_PAGE, account_id)


def add(connection: Connection, values: Mapping[str, object], scopes: Collection[str]) -> int | None:
    """A new key; its id. None if there is, or was, one of that name: entries of the log name keys by their ids."""
    taken = select(api_key.c.id).where(api_key.c.name == values["name"])
    if connection.execute(taken).first() is not None:
        return None
    written = {**values, "scopes": " ".join(sorted(scopes))}
    return int(connection.execute(insert(api_key).values(written).returning(api_key.c.id)).scalar_one())


def find_by_hash(connection: Connection, token_hash: str) -> ApiKey | None:
    """Whose hash this is, expired and revoked ones included."""
    found = connection.execute(select(*_SHOWN).where(api_key.c.token_hash == token_hash)).first()
    return None if found is None else _key(found)


def load_all(connection: Connection) -> list[ApiKey]:
    """In the order in which they were added."""
    return [_key(row) for row in connection.execute(select(*_SHOWN).order_by(api_key.c.id))]


def revoke(connection: Connection, name: str, now: datetime) -> int | None:
    """Nobody gets in with it any more; its id, or None if there is no such key that was not revoked before."""
    revoked = update(api_key).where(api_key.c.name == name, api_key.c.revoked_at.is_(None)).values(revoked_at=now)
    found = connection.execute(revoked.returning(api_key.c.id)).scalar_one_or_none()
    return None if found is None else int(found)


def _key(row: Row[Any]) -> ApiKey:
    values = dict(row._mapping)  # noqa: SLF001  SQLAlchemy's name for the public one
    return ApiKey(**{**values, "scopes": frozenset(values["scopes"].split())})
