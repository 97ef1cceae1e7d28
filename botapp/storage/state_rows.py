"""The rows of contacts in all the tables that the log tells of, beside their entries: for those who compare the two."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Row, Table, func, select, tuple_

from botapp.storage import bulk
from botapp.storage.schema import consent_record, contact, handover, ledger_entry, reengagement, reply, suppression
from botapp.storage.standing import ContactId


@dataclass(slots=True)
class StateRows:
    """All rows of one contact."""

    contact: Row[Any] | None = None
    suppressions: list[Row[Any]] = field(default_factory=list)
    consents: list[Row[Any]] = field(default_factory=list)
    reengagements: list[Row[Any]] = field(default_factory=list)
    handovers: list[Row[Any]] = field(default_factory=list)
    replies: list[Row[Any]] = field(default_factory=list)
    entries: list[Row[Any]] = field(default_factory=list)  # in the order of their numbers


def next_contacts(connection: Connection, after: ContactId, limit: int) -> list[ContactId]:
    """Contacts in the order of their keys, those after a given one."""
    found = select(contact.c.account_id, contact.c.id).where(tuple_(contact.c.account_id, contact.c.id) > after)
    ordered = found.order_by(contact.c.account_id, contact.c.id).limit(limit)
    return [(account_id, contact_id) for account_id, contact_id in connection.execute(ordered)]


def next_without_row(connection: Connection, after: ContactId, limit: int) -> list[ContactId]:
    """The same of contacts of whom there are entries and no row."""
    key = (ledger_entry.c.account_id, ledger_entry.c.contact_id)
    row = select(contact.c.id).where(contact.c.account_id == key[0], contact.c.id == key[1])
    found = select(*key).where(ledger_entry.c.sequence == 1, key[1] != 0, tuple_(*key) > after, ~row.exists())
    ordered = found.order_by(*key).limit(limit)
    return [(account_id, contact_id) for account_id, contact_id in connection.execute(ordered)]


def count_contacts(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(contact)).scalar_one()


def load(connection: Connection, contacts: Sequence[ContactId]) -> dict[ContactId, StateRows]:
    """Everything of these contacts, with one statement for each table."""
    found: dict[ContactId, StateRows] = {key: StateRows() for key in contacts}
    keys = [{"account_id": account_id, "id": contact_id} for account_id, contact_id in contacts]
    for row in bulk.find(connection, contact, keys):
        found[row.account_id, row.id].contact = row
    for key, rows in _of(connection, suppression, contacts).items():
        found[key].suppressions = rows
    for key, rows in _of(connection, consent_record, contacts).items():
        found[key].consents = rows
    for key, rows in _of(connection, reengagement, contacts).items():
        found[key].reengagements = rows
    for key, rows in _of(connection, handover, contacts).items():
        found[key].handovers = rows
    for key, rows in _of(connection, reply, contacts).items():
        found[key].replies = rows
    for key, rows in _of(connection, ledger_entry, contacts).items():
        found[key].entries = sorted(rows, key=attrgetter("sequence"))
    return found


def _of(connection: Connection, table: Table, contacts: Iterable[ContactId]) -> dict[ContactId, list[Row[Any]]]:
    found: dict[ContactId, list[Row[Any]]] = defaultdict(list)
    keys = [{"account_id": account_id, "contact_id": contact_id} for account_id, contact_id in contacts]
    for row in bulk.find(connection, table, keys):
        found[row.account_id, row.contact_id].append(row)
    return found
