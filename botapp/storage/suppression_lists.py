"""The noes of a page in force, for lists: a portion at a time, by the contacts' own numbers."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from botapp.storage.statement import Statement
from botapp.storage.times import from_microseconds

Place = tuple[int, str]  # contact id, scope
THE_BEGINNING: Place = (-(2**63), "")
_PORTION = Statement(
    "SELECT s.contact_id, s.scope, c.platform_contact_id, s.set_at, s.until FROM suppression s"
    " JOIN contact c ON c.account_id = s.account_id AND c.id = s.contact_id"
    " WHERE s.account_id = :account_id AND (s.contact_id, s.scope) > (:contact_id, :scope)"
    " AND s.set_at IS NOT NULL AND (s.lifted_at IS NULL OR s.lifted_at <= s.set_at)"
    " AND (s.until IS NULL OR s.until > :now)"
    " AND (s.scope IN ('stop', 'mute', 'topic', 'notices', 'complaint') OR s.scope LIKE 'topic:%')"
    " ORDER BY s.contact_id, s.scope LIMIT :limit"
)


class ListedNo(NamedTuple):
    """A no in force."""

    contact_id: int
    scope: str
    platform_contact_id: str
    set_at: datetime
    until: datetime | None

    @property
    def place(self) -> Place:
        return self.contact_id, self.scope


def load_noes(connection: Connection, account_id: int, after: Place, now: datetime, limit: int) -> list[ListedNo]:
    """Those behind a place, at most `limit`."""
    values = {"account_id": account_id, "contact_id": after[0], "scope": after[1], "now": now, "limit": limit}
    return [
        ListedNo(contact_id, scope, platform_id, from_microseconds(set_at), from_microseconds(until) if until else None)
        for contact_id, scope, platform_id, set_at, until in _PORTION.rows(connection, values)
    ]
