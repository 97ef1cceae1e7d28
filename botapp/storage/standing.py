"""What a contact allows: consent records, suppressions, and the facts known of them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection

from botapp.policy.consent import ConsentRecord, ConsentState
from botapp.policy.fact import Fact
from botapp.policy.suppression import Suppression
from botapp.storage import bulk
from botapp.storage.schema import consent_record, fact, suppression
from botapp.storage.statement import Answer, Read, Rows, Statement, answered
from botapp.storage.times import from_microseconds

ContactId = tuple[int, int]  # account id, contact id
_CONTACT = ("account_id", "contact_id")
_FORGET_FACTS = Statement(
    "DELETE FROM fact WHERE account_id = :account_id AND contact_id = :contact_id AND observed_at = :observed_at"
)

Standing = tuple[dict[ContactId, dict[str, Suppression]], dict[ContactId, list[ConsentRecord]]]
Facts = dict[ContactId, dict[str, Fact]]


def ask(connection: Connection, contacts: Iterable[ContactId]) -> Answer[Standing]:
    """Suppressions by contact and scope, and consent records by contact."""
    return _ask(connection, contacts, _standing, _read_standing)


def load_suppressions(connection: Connection, contacts: Iterable[ContactId]) -> dict[ContactId, dict[str, Suppression]]:
    """By contact and scope."""
    return ask(connection, contacts).read()[0]


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


def suppress(connection: Connection, contact: ContactId, scope: str, at: datetime, until: datetime | None) -> None:
    """Set one scope of a locked contact on top of what is known of it; None: until lifted."""
    known = load_suppressions(connection, [contact])[contact].get(scope, Suppression(scope))
    save_suppressions(connection, [(*contact, known.with_set(at, until))])


def append_consents(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    bulk.insert(connection, consent_record, rows)


def ask_facts(connection: Connection, contacts: Iterable[ContactId]) -> Answer[Facts]:
    """By contact and name, those that have expired included."""
    return _ask(connection, contacts, _facts, _read_facts)


def save_facts(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write observations; an older one does not replace a newer."""
    bulk.upsert(connection, fact, rows, key=("account_id", "contact_id", "name"), newer_by="observed_at")


def forget_facts(connection: Connection, contact: ContactId, observed_at: datetime) -> None:
    """What was observed at that instant is known no longer."""
    account_id, contact_id = contact
    values = {"account_id": account_id, "contact_id": contact_id, "observed_at": observed_at}
    _FORGET_FACTS.send(connection, values)


def _ask(
    connection: Connection,
    contacts: Iterable[ContactId],
    statement: Callable[[str], Statement],
    read: Callable[[Rows], Read],
) -> Answer[Read]:
    keys = [{"account_id": account_id, "contact_id": contact_id} for account_id, contact_id in contacts]
    if not keys:
        return answered(read([]))
    return statement(connection.dialect.name).ask(connection, {"rows": bulk.encode(keys)}, read=read)


def _read_standing(rows: Rows) -> Standing:
    suppressions: dict[ContactId, dict[str, Suppression]] = defaultdict(dict)
    consents: dict[ContactId, list[ConsentRecord]] = defaultdict(list)
    for account_id, contact_id, is_consent, word, version, at, until, lifted_at in rows:
        key = (account_id, contact_id)
        if is_consent:
            consents[key].append(ConsentRecord(ConsentState(word), from_microseconds(at), version))
        else:
            suppressions[key][word] = Suppression(word, _instant(at), _instant(until), _instant(lifted_at))
    return suppressions, consents


def _read_facts(rows: Rows) -> Facts:
    found: Facts = defaultdict(dict)
    for account_id, contact_id, name, value, confidence_percent, expires_at in rows:
        found[account_id, contact_id][name] = Fact(value, confidence_percent, _instant(expires_at))
    return found


@lru_cache
def _standing(dialect: str) -> Statement:
    """Both kinds with one statement: what a contact allows is asked for with every event."""
    return Statement(
        "SELECT account_id, contact_id, 0, scope, NULL, set_at, until, lifted_at FROM suppression"  # noqa: S608  names are our schema's
        f" WHERE {bulk.is_among(suppression, _CONTACT, dialect)}"
        " UNION ALL SELECT account_id, contact_id, 1, state, wording_version, occurred_at, NULL, NULL"
        f" FROM consent_record WHERE {bulk.is_among(consent_record, _CONTACT, dialect)}"
    )


@lru_cache
def _facts(dialect: str) -> Statement:
    return Statement(
        "SELECT account_id, contact_id, name, value, confidence_percent, expires_at FROM fact"  # noqa: S608  names are our schema's
        f" WHERE {bulk.is_among(fact, _CONTACT, dialect)}"
    )


def _instant(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else from_microseconds(microseconds)
