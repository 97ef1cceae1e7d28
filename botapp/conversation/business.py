"""What the business's own systems tell of customers: facts and conversions.

Written under the customer's lock, which a claim takes as well: whichever is committed first is known to the other.
Only of people who have written to us; nobody becomes known by this.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Connection

from botapp.storage import contacts, conversions, ledger, standing
from botapp.storage.contacts import Contact
from botapp.storage.ledger import Entry, EntryKind

MOST_FACTS = 100  # of one person: each decision looks at all of them


class Told(StrEnum):
    """What became of one item."""

    STORED = "stored"
    KNOWN = "known"  # that conversion had been told before
    UNKNOWN_CONTACT = "unknown_contact"  # nobody of that name has written to the page
    TOO_MANY_FACTS = "too_many_facts"


class Who(NamedTuple):
    """Of whom something is told: a contact by the platform's id, or a person with all their contacts on the page."""

    platform_contact_id: str | None
    person_id: int | None


@dataclass(frozen=True, slots=True)
class ToldFact:
    who: Who
    name: str
    value: str
    confidence_percent: int
    observed_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class ToldConversion:
    who: Who
    key: str  # what tells it from the contact's other conversions
    occurred_at: datetime
    order_id: str | None = None
    value_micros: int | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Teller:
    """Who tells: a key of the API, by its id on the log and by its name beside facts."""

    key_id: int
    name: str

    @property
    def source(self) -> str:
        return f"api:{self.name}"


def take_facts(
    connection: Connection, account_id: int, told: Sequence[ToldFact], teller: Teller, now: datetime
) -> list[Told]:
    """Keep facts of a page's contacts; of two about the same the newer. What became of each, in their order."""
    people = _People(connection, account_id, [fact.who for fact in told])
    known = standing.ask_facts(connection, people.keys).read()
    names = {key: set(known[key]) for key in people.keys}
    rows: dict[tuple[int, str], dict[str, Any]] = {}
    results = []
    for fact in told:
        found = people.of(fact.who)
        fits = [c for c in found if fact.name in names[account_id, c.id] or len(names[account_id, c.id]) < MOST_FACTS]
        for contact in fits:
            names[account_id, contact.id].add(fact.name)
            before = rows.get((contact.id, fact.name))
            if before is None or before["observed_at"] <= fact.observed_at:
                rows[contact.id, fact.name] = _fact_row(contact, fact, teller, now)
        results.append(Told.STORED if fits else Told.TOO_MANY_FACTS if found else Told.UNKNOWN_CONTACT)
    standing.save_facts(connection, rows.values())
    contacts.plan_again(connection, sorted({(account_id, contact_id) for contact_id, _ in rows}))
    return results


def take_conversions(
    connection: Connection, account_id: int, told: Sequence[ToldConversion], teller: Teller, now: datetime
) -> list[Told]:
    """Keep conversions of a page's contacts, each once. What became of each, in their order."""
    people = _People(connection, account_id, [conversion.who for conversion in told])
    rows = {
        (account_id, contact.id, conversion.key): _conversion_row(contact, conversion, teller, now)
        for conversion in told
        for contact in people.of(conversion.who)
    }
    stored = conversions.store_new(connection, rows.values())
    _put_on_record(connection, people, [rows[key] for key in rows if key in stored], teller, now)
    results = []
    for conversion in told:
        keys = {(account_id, contact.id, conversion.key) for contact in people.of(conversion.who)}
        results.append(Told.UNKNOWN_CONTACT if not keys else Told.STORED if keys & stored else Told.KNOWN)
        stored -= keys  # told twice in one request, it was known the second time
    return results


class _People:
    """The contacts that items are about, all locked in the one fixed order."""

    def __init__(self, connection: Connection, account_id: int, named: Iterable[Who]) -> None:
        self._platform_ids: dict[Who, set[str]] = {}
        for who in set(named):
            own = {who.platform_contact_id} if who.platform_contact_id is not None else set()
            self._platform_ids[who] = own | _of_person(connection, account_id, who.person_id)
        wanted = {platform_id for ids in self._platform_ids.values() for platform_id in ids}
        locked = contacts.lock_people(connection, [(account_id, platform_id) for platform_id in wanted])
        # Linked identities are locked with them, as a withdrawal does it; what is told is told of those named alone.
        own_page = [contact for contact in locked if contact.account_id == account_id]
        self._locked = {c.platform_contact_id: c for c in own_page if c.platform_contact_id in wanted}

    @property
    def keys(self) -> list[tuple[int, int]]:
        return [(contact.account_id, contact.id) for contact in self._locked.values()]

    def of(self, who: Who) -> list[Contact]:
        return [self._locked[i] for i in sorted(self._platform_ids[who]) if i in self._locked]

    def by_id(self) -> Mapping[int, Contact]:
        return {contact.id: contact for contact in self._locked.values()}


def _of_person(connection: Connection, account_id: int, person_id: int | None) -> set[str]:
    if person_id is None:
        return set()
    identities = [key for key in contacts.find_identities(connection, person_id) if key[0] == account_id]
    return {contacts.load_contact(connection, *key).platform_contact_id for key in identities}


def _put_on_record(
    connection: Connection, people: _People, rows: Sequence[Mapping[str, Any]], teller: Teller, now: datetime
) -> None:
    """An entry for each; the amount and the order stay out of the log."""
    by_contact: dict[int, list[datetime]] = defaultdict(list)
    for row in rows:
        by_contact[row["contact_id"]].append(row["occurred_at"])
    known = people.by_id()
    for contact_id, instants in sorted(by_contact.items()):
        contact = known[contact_id]
        entries = [
            Entry(EntryKind.CONVERTED, occurred_at=at, details={"key": teller.key_id}) for at in sorted(instants)
        ]
        latest = max([*instants, *([contact.converted_at] if contact.converted_at else [])])
        ledger.append(connection, contact, entries, now, converted_at=latest)
    contacts.plan_again(connection, sorted((known[i].account_id, i) for i in by_contact))


def _fact_row(contact: Contact, fact: ToldFact, teller: Teller, now: datetime) -> dict[str, Any]:
    return {
        "account_id": contact.account_id,
        "contact_id": contact.id,
        "name": fact.name,
        "value": fact.value,
        "source": teller.source,
        "confidence_percent": fact.confidence_percent,
        "observed_at": min(fact.observed_at, now),  # one dated ahead would keep out what is newer in truth
        "expires_at": fact.expires_at,
    }


def _conversion_row(contact: Contact, conversion: ToldConversion, teller: Teller, now: datetime) -> dict[str, Any]:
    return {
        "account_id": contact.account_id,
        "contact_id": contact.id,
        "conversion_key": conversion.key,
        "order_id": conversion.order_id,
        "value_micros": conversion.value_micros,
        "currency": conversion.currency,
        "occurred_at": min(conversion.occurred_at, now),
        "recorded_at": now,
        "source": teller.source,
    }
