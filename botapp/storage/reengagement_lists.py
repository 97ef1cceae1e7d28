"""Re-engagements of a page for lists, a portion at a time by their keys, and the entries about each."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from botapp.storage.schema import ledger_entry, reengagement
from botapp.storage.statement import Columns, Statement

Place = tuple[int, int]  # contact id, the silence's beginning in microseconds
THE_BEGINNING: Place = (-(2**63), 0)


class ListedReengagement(NamedTuple):
    """Without its words."""

    contact_id: int
    interaction_at: datetime
    state: str
    reason: str | None
    planned_at: datetime
    due_at: datetime
    deadline_at: datetime
    claimed_at: datetime | None
    recorded_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    taken_up_at: datetime | None
    crossed_at: datetime | None
    rule_name: str | None
    rule_version: int | None
    template_name: str | None
    template_version: int | None
    variant: str | None
    message_id: str | None


class ListedEntry(NamedTuple):
    """What the log says about one of them."""

    sequence: int
    kind: str
    recorded_at: datetime
    occurred_at: datetime | None
    reason: str | None
    details: str  # JSON


_COLUMNS = Columns(reengagement, *ListedReengagement._fields)
_ENTRY_COLUMNS = Columns(ledger_entry, *ListedEntry._fields)
_SELECT = f"SELECT {_COLUMNS.names} FROM reengagement WHERE account_id = :account_id"  # noqa: S608  names are our schema's
_ORDER = "ORDER BY contact_id, interaction_at LIMIT :limit"
_OF_PAGE = Statement(f"{_SELECT} AND (contact_id, interaction_at) > (:after_contact, :after_silence) {_ORDER}")
_OF_CONTACT = Statement(f"{_SELECT} AND contact_id = :contact_id AND interaction_at > :after_silence {_ORDER}")
_ONE = Statement(f"{_SELECT} AND contact_id = :contact_id AND interaction_at = :silence")
_ENTRIES = Statement(
    f"SELECT {_ENTRY_COLUMNS.names} FROM ledger_entry"  # noqa: S608  the same
    " WHERE account_id = :account_id AND contact_id = :contact_id AND subject_at = :silence ORDER BY sequence"
)


def load_portion(
    connection: Connection, account_id: int, contact_id: int | None, after: Place, limit: int
) -> list[ListedReengagement]:
    """Those of a page, or of one contact of it, behind a place, at most `limit`."""
    values: dict[str, Any] = {"account_id": account_id, "after_silence": after[1], "limit": limit}
    if contact_id is None:
        return _read(_OF_PAGE, connection, {**values, "after_contact": after[0]})
    return _read(_OF_CONTACT, connection, {**values, "contact_id": contact_id})


def find(connection: Connection, account_id: int, place: Place) -> ListedReengagement | None:
    """The one at a place."""
    values = {"account_id": account_id, "contact_id": place[0], "silence": place[1]}
    return next(iter(_read(_ONE, connection, values)), None)


def load_entries(connection: Connection, account_id: int, place: Place) -> list[ListedEntry]:
    """All that the log says about the one at a place, in its order."""
    values = {"account_id": account_id, "contact_id": place[0], "silence": place[1]}
    return [ListedEntry._make(_ENTRY_COLUMNS.read(row)) for row in _ENTRIES.rows(connection, values)]


def _read(statement: Statement, connection: Connection, values: Mapping[str, Any]) -> list[ListedReengagement]:
    return [ListedReengagement._make(_COLUMNS.read(row)) for row in statement.rows(connection, values)]
