"""Contacts: one platform identity of one person with one page."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row, TextualSelect, bindparam, select, text, update

from botapp.storage import bulk
from botapp.storage.schema import contact

ContactKey = tuple[int, str]  # account id, platform contact id


@dataclass(frozen=True, slots=True)
class Contact:
    account_id: int
    id: int
    person_id: int
    platform_contact_id: str
    created_at: datetime
    last_interaction_at: datetime | None
    conversation_started_at: datetime | None
    last_claimed_at: datetime | None
    asked_for_more_at: datetime | None
    unreachable_since: datetime | None
    thread_owner: str
    thread_owned_at: datetime | None
    first_name: str | None
    last_name: str | None
    zone: str | None
    language: str | None
    profile_fetched_at: datetime | None
    disclosed_at: datetime | None
    question_asked_at: datetime | None
    planned_generation: int
    ledger_sequence: int


_FIXED = frozenset({"person_id", "platform_contact_id", "created_at"})
_SAVED = tuple(column.name for column in contact.c if column.name not in _FIXED)
_ONE = select(contact).where(contact.c.account_id == bindparam("account_id"), contact.c.id == bindparam("id"))


def create_missing(connection: Connection, keys: Iterable[ContactKey], created_at: datetime) -> None:
    """Make sure that these contacts exist. In key order, so that two batches cannot wait for each other."""
    rows = []
    for account_id, platform_contact_id in sorted(keys):
        # Random, not counted: known before the insert, and tells nobody how many customers a page has.
        identifier = secrets.randbits(63)
        rows.append(
            {
                "account_id": account_id,
                "id": identifier,
                "person_id": identifier,
                "platform_contact_id": platform_contact_id,
                "created_at": created_at,
            }
        )
    bulk.insert_new(connection, contact, rows)


def lock_people(connection: Connection, keys: Iterable[ContactKey]) -> list[Contact]:
    """Lock the contacts with these keys and every linked identity of the same people, in one fixed order."""
    named = [{"account_id": a, "platform_contact_id": p} for a, p in sorted(keys)]
    if not named:
        return []
    rows = connection.execute(_people_statement(connection.dialect.name), {"rows": bulk.encode(named)})
    return [_contact(row) for row in rows]


@lru_cache
def _people_statement(dialect: str) -> TextualSelect:
    source = bulk.source(contact, ("account_id", "platform_contact_id"), dialect)
    people = (
        f"SELECT named.person_id FROM {source} JOIN contact named"  # noqa: S608  names are our schema's
        " ON named.account_id = source.account_id AND named.platform_contact_id = source.platform_contact_id"
    )
    # The rows of SQLite are locked with the whole database, when the transaction begins.
    lock = " FOR UPDATE OF contact" if dialect == "postgresql" else ""
    columns = ", ".join(f"contact.{column.name}" for column in contact.c)
    order = "ORDER BY contact.account_id, contact.id"
    locked = text(f"SELECT {columns} FROM contact WHERE contact.person_id IN ({people}) {order}{lock}")  # noqa: S608  the same
    return locked.columns(*contact.c)


def lock_contact(connection: Connection, account_id: int, contact_id: int) -> Contact:
    """One contact, held: claims and withdrawals of a contact take this same lock."""
    return _contact(connection.execute(_ONE.with_for_update(), {"account_id": account_id, "id": contact_id}).one())


def load_contact(connection: Connection, account_id: int, contact_id: int) -> Contact:
    return _contact(connection.execute(_ONE, {"account_id": account_id, "id": contact_id}).one())


def save_all(connection: Connection, contacts: Sequence[Contact]) -> None:
    """Write what may change of locked contacts."""
    rows = [{name: getattr(c, name) for name in _SAVED} for c in contacts]
    bulk.update(connection, contact, rows, key=("account_id", "id"))


def change_contact(connection: Connection, account_id: int, contact_id: int, **values: Any) -> None:  # noqa: ANN401  column values
    """Write some columns of a locked contact."""
    connection.execute(
        update(contact).where(contact.c.account_id == account_id, contact.c.id == contact_id).values(values)
    )


def link(connection: Connection, first: Contact, second: Contact) -> None:
    """From now on both are the same person: a stop of one is a stop of the other."""
    connection.execute(update(contact).where(contact.c.person_id == second.person_id).values(person_id=first.person_id))


def find_identities(connection: Connection, person_id: int) -> list[tuple[int, int]]:
    """The account and contact ids of every linked identity of one person."""
    found = select(contact.c.account_id, contact.c.id).where(contact.c.person_id == person_id)
    return [(row.account_id, row.id) for row in connection.execute(found)]


def find_outdated(connection: Connection, account_id: int, generation: int, since: datetime, limit: int) -> list[int]:
    """Contacts heard of since an instant that were last planned under an older campaign."""
    found = (
        select(contact.c.id)
        .where(
            contact.c.account_id == account_id,
            contact.c.planned_generation < generation,
            contact.c.last_interaction_at > since,
        )
        .order_by(contact.c.id)
        .limit(limit)
    )
    return list(connection.execute(found).scalars())


def lock_contacts(connection: Connection, account_id: int, contact_ids: Iterable[int]) -> list[Contact]:
    """Several contacts of one page, held, in the fixed order."""
    held = (
        select(contact)
        .where(contact.c.account_id == account_id, contact.c.id.in_(list(contact_ids)))
        .order_by(contact.c.account_id, contact.c.id)
        .with_for_update()
    )
    return [_contact(row) for row in connection.execute(held)]


def find_by_platform_id(connection: Connection, account_id: int, platform_contact_id: str) -> Contact | None:
    row = connection.execute(
        select(contact).where(contact.c.account_id == account_id, contact.c.platform_contact_id == platform_contact_id)
    ).first()
    return _contact(row) if row else None


def _contact(row: Row[Any]) -> Contact:
    return Contact(**row._mapping)  # noqa: SLF001  SQLAlchemy's documented name
