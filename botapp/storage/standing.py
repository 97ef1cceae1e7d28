"""What a contact allows: consent records, suppressions, and the facts known of them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table

from botapp.policy.consent import ConsentRecord, ConsentState
from botapp.policy.suppression import Suppression
from botapp.storage import bulk
from botapp.storage.schema import consent_record, fact, suppression

ContactId = tuple[int, int]  # account id, contact id


def load_suppressions(connection: Connection, contacts: Iterable[ContactId]) -> dict[ContactId, dict[str, Suppression]]:
    """By contact and scope."""
    found: dict[ContactId, dict[str, Suppression]] = defaultdict(dict)
    for row in _of_contacts(connection, suppression, contacts):
        found[row.account_id, row.contact_id][row.scope] = Suppression(row.scope, row.set_at, row.until, row.lifted_at)
    return found


def save_suppressions(connection: Connection, rows: Sequence[tuple[int, int, Suppression]]) -> None:
    """Write suppressions of locked contacts: account id, contact id, suppression."""
    values = [
        {
            "account_id": account_id,
            "contact_id": contact_id,
            "scope": s.scope,
            "set_at": s.set_at,
            "until": s.until,
            "lifted_at": s.lifted_at,
        }
        for account_id, contact_id, s in rows
    ]
    bulk.upsert(connection, suppression, values, key=("account_id", "contact_id", "scope"))


def load_consents(connection: Connection, contacts: Iterable[ContactId]) -> dict[ContactId, list[ConsentRecord]]:
    """By contact."""
    found: dict[ContactId, list[ConsentRecord]] = defaultdict(list)
    for row in _of_contacts(connection, consent_record, contacts):
        found[row.account_id, row.contact_id].append(ConsentRecord(ConsentState(row.state), row.occurred_at))
    return found


def append_consents(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    bulk.insert(connection, consent_record, rows)


def load_facts(connection: Connection, contacts: Iterable[ContactId], now: datetime) -> dict[ContactId, dict[str, str]]:
    """The facts that have not expired, by contact and name."""
    found: dict[ContactId, dict[str, str]] = defaultdict(dict)
    for row in _of_contacts(connection, fact, contacts):
        if row.expires_at is None or row.expires_at > now:
            found[row.account_id, row.contact_id][row.name] = row.value
    return found


def save_facts(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write observations; an older one does not replace a newer."""
    bulk.upsert(connection, fact, rows, key=("account_id", "contact_id", "name"), newer_by="observed_at")


def _of_contacts(connection: Connection, table: Table, contacts: Iterable[ContactId]) -> Sequence[Row[Any]]:
    keys = [{"account_id": account_id, "contact_id": contact_id} for account_id, contact_id in contacts]
    return bulk.find(connection, table, keys)
