"""Everything that we hold about one person, to be read and to be taken along (GDPR 15 and 20)."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from botapp.storage import accounts, contacts, erasure, own_data
from botapp.storage.contacts import Contact
from botapp.storage.standing import ContactId

_FORMAT = "botapp-own-data-1"
_PROFILE = (
    "platform_contact_id",
    "first_name",
    "last_name",
    "language",
    "zone",
    "language_chosen_at",
    "frequency",
    "frequency_at",
    "quiet_hours",
    "quiet_hours_at",
    "created_at",
    "last_interaction_at",
    "unreachable_since",
)
# Ours, not theirs: what keeps our own work in order and says nothing about a person.
_LEFT_OUT = frozenset(
    {"account_id", "contact_id", "leased_until", "claim_token", "leaf_hash", "position", "not_before", "releases"}
    | {"staff_id"}
)


@dataclass(frozen=True, slots=True)
class OwnData:
    """The data of one contact, by sections; every value is plain JSON, instants are written as ISO 8601."""

    page: str
    made_at: datetime
    sections: Mapping[str, Any]

    def as_json(self) -> str:
        content = {"format": _FORMAT, "page": self.page, "made_at": _plain(self.made_at), **self.sections}
        return json.dumps(content, indent=2, sort_keys=False, ensure_ascii=False)


def load_own_data(connection: Connection, contact: ContactId, made_at: datetime) -> OwnData | None:
    """None where nothing is left: the person was erased, or nobody has that number."""
    try:
        known = contacts.load_contact(connection, *contact)
    except LookupError:
        return None
    if erasure.is_erased(known):
        return None
    page = accounts.load_account(connection, known.account_id)
    rows = own_data.load(connection, contact, known.platform_contact_id)
    sections = {
        "you": {name: _plain(getattr(known, name)) for name in _PROFILE} | {"platform": page.platform},
        "linked": _linked(connection, known),
        **{name: [_row(row) for row in found] for name, found in rows.items()},
    }
    return OwnData(page.name, made_at, sections)


def _linked(connection: Connection, contact: Contact) -> list[str]:
    """The same person with other pages of ours, as those pages are called."""
    others = [key for key in contacts.find_identities(connection, contact.person_id) if key[1] != contact.id]
    return [accounts.load_account(connection, account_id).name for account_id, _ in others]


def _row(row: Row[Any]) -> dict[str, Any]:
    found = row._mapping  # noqa: SLF001  SQLAlchemy's name for the public one
    return {name: _opened(name, value) for name, value in found.items() if name not in _LEFT_OUT and value is not None}


def _opened(name: str, value: Any) -> Any:  # noqa: ANN401  a column's value
    """Columns that hold JSON are shown as what it says."""
    if name in ("raw", "details", "private") and isinstance(value, str) and value:
        return json.loads(value)
    return _plain(value)


def _plain(value: Any) -> Any:  # noqa: ANN401  a column's value
    return value.isoformat() if isinstance(value, datetime) else value


def names_of(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The columns of a table of such rows, in the order in which they first appear."""
    return list(dict.fromkeys(_every(rows)))


def _every(rows: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for row in rows:
        yield from row
