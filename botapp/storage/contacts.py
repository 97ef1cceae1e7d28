"""Contacts: one platform identity of one person with one page."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import chain, compress
from operator import is_not
from typing import Any, NamedTuple

from sqlalchemy import Connection, update

from botapp.identifiers import new_row_id
from botapp.storage import bulk
from botapp.storage.schema import contact
from botapp.storage.statement import Answer, Columns, Statement

ContactKey = tuple[int, str]  # account id, platform contact id


class Contact(NamedTuple):
    """A row. A tuple: one is read for every event, and made anew for every change that an event brings."""

    account_id: int
    id: int
    person_id: int
    platform_contact_id: str
    created_at: datetime
    last_interaction_at: datetime | None
    conversation_started_at: datetime | None
    earlier_interaction_at: datetime | None
    last_claimed_at: datetime | None
    asked_for_more_at: datetime | None
    unreachable_since: datetime | None
    thread_owner: str
    thread_owned_at: datetime | None
    converted_at: datetime | None
    answered_at: datetime | None
    first_name: str | None
    last_name: str | None
    zone: str | None
    language: str | None
    language_chosen_at: datetime | None
    frequency: str | None
    frequency_at: datetime | None
    quiet_hours: str | None
    quiet_hours_at: datetime | None
    profile_fetched_at: datetime | None
    disclosed_at: datetime | None
    question_asked_at: datetime | None
    planned_generation: int
    ledger_sequence: int
    staff_id: int | None  # whose own contact it is


_FIXED = frozenset({"person_id", "platform_contact_id", "created_at"})
_CHANGED_ALONE = frozenset(  # by `change_contact`; never by events or plans
    {"last_claimed_at", "converted_at", "first_name", "last_name", "zone", "profile_fetched_at", "question_asked_at"}
    | {"staff_id"}
)
_OLDER_THAN_ANY_CAMPAIGN = 0
_SAVED = tuple(name for name in Contact._fields if name not in _FIXED | _CHANGED_ALONE)
_SAVED_OFTEN = (  # all that most events change; a third of the values
    *("account_id", "id", "last_interaction_at", "conversation_started_at", "earlier_interaction_at"),
    *("planned_generation", "ledger_sequence"),
)
_COLUMNS = Columns(contact)
_ONE = f"SELECT {_COLUMNS.names} FROM contact WHERE account_id = :account_id AND id = :id"  # noqa: S608  names are our schema's
_LOAD = Statement(_ONE)
_LOCK = Statement(_ONE, locking="FOR UPDATE")
_BY_PLATFORM_ID = Statement(
    f"SELECT {_COLUMNS.names} FROM contact"  # noqa: S608  the same
    " WHERE account_id = :account_id AND platform_contact_id = :platform_contact_id"
)

_IDENTITIES = Statement("SELECT account_id, id FROM contact WHERE person_id = :person_id")
_OF_STAFF = Statement("SELECT id FROM contact WHERE account_id = :account_id AND staff_id = :staff_id")
_OUTDATED = Statement(
    "SELECT id FROM contact WHERE account_id = :account_id AND planned_generation < :generation"
    " AND last_interaction_at > :since ORDER BY id LIMIT :limit"
)
_BETWEEN = Statement(
    f"SELECT {_COLUMNS.names} FROM contact"  # noqa: S608  the same
    " WHERE account_id = :account_id AND id > :after AND id <= :last ORDER BY id"
)
_NEXT_HEARD_OF = Statement(
    f"SELECT {_COLUMNS.names} FROM contact WHERE account_id = :account_id AND id > :after"  # noqa: S608  the same
    " AND last_interaction_at > :since ORDER BY id LIMIT :limit"
)
_COUNT_HEARD_OF = Statement(
    "SELECT count(*) FROM contact WHERE account_id = :account_id AND last_interaction_at > :since"
)
_OUTDATED_PAGES = Statement(
    "SELECT account.id FROM account WHERE EXISTS (SELECT 1 FROM contact WHERE contact.account_id = account.id"
    " AND contact.planned_generation < account.campaign_generation AND contact.last_interaction_at > :since)"
    " ORDER BY account.id"
)


def create_missing(connection: Connection, keys: Iterable[ContactKey], created_at: datetime) -> None:
    """Make sure that these contacts exist. In key order, so that two batches cannot wait for each other."""
    rows = []
    for account_id, platform_contact_id in sorted(keys):
        # Random, not counted: known before the insert, and tells nobody how many customers a page has.
        identifier = new_row_id()
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
    statement = _people_statement(connection.dialect.name)
    return [_contact(row) for row in statement.rows(connection, {"rows": bulk.encode(named)})]


@lru_cache
def _people_statement(dialect: str) -> Statement:
    source = bulk.source(contact, ("account_id", "platform_contact_id"), dialect)
    people = (
        f"SELECT named.person_id FROM {source} JOIN contact named"  # noqa: S608  names are our schema's
        " ON named.account_id = source.account_id AND named.platform_contact_id = source.platform_contact_id"
    )
    return Statement(
        f"SELECT {_COLUMNS.names} FROM contact WHERE contact.person_id IN ({people})"  # noqa: S608  the same
        " ORDER BY contact.account_id, contact.id",
        locking="FOR UPDATE OF contact",
    )


def lock_contact(connection: Connection, account_id: int, contact_id: int) -> Contact:
    """One contact, held: claims and withdrawals of a contact take this same lock. LookupError if there is none."""
    return ask_to_lock(connection, account_id, contact_id).read()


def ask_to_lock(connection: Connection, account_id: int, contact_id: int) -> Answer[Contact]:
    """The same, to be read later.

    What is asked meanwhile is answered once the lock is held, and each statement sees all that was committed by then.
    """
    return _LOCK.ask(connection, {"account_id": account_id, "id": contact_id}, read=_the_one)


def load_contact(connection: Connection, account_id: int, contact_id: int) -> Contact:
    """One contact. LookupError if there is none."""
    return _the_one(_LOAD.rows(connection, {"account_id": account_id, "id": contact_id}))


def save_all(connection: Connection, changes: Iterable[tuple[Contact, Contact]]) -> None:
    """Write of locked contacts, each as it was and as it is now, what events and plans changed."""
    changes = [(before, now) for before, now in changes if now != before]
    differing = chain.from_iterable(compress(Contact._fields, map(is_not, *change)) for change in changes)
    names = _SAVED_OFTEN if set(differing).issubset(_SAVED_OFTEN) else _SAVED
    rows = [{name: getattr(now, name) for name in names} for _, now in changes]
    bulk.update(connection, contact, rows, key=("account_id", "id"))


def plan_again(connection: Connection, identities: Iterable[tuple[int, int]]) -> None:
    """Of locked contacts something is known that their plans were made without: the ticker plans them once more."""
    rows = [{"account_id": a, "id": c, "planned_generation": _OLDER_THAN_ANY_CAMPAIGN} for a, c in identities]
    bulk.update(connection, contact, rows, key=("account_id", "id"))


def change_contact(connection: Connection, account_id: int, contact_id: int, **values: Any) -> None:  # noqa: ANN401  column values
    """Write some columns of a locked contact."""
    bulk.update(connection, contact, [{"account_id": account_id, "id": contact_id, **values}], key=("account_id", "id"))


def link(connection: Connection, first: Contact, second: Contact) -> None:
    """From now on both are the same person: a stop of one is a stop of the other."""
    connection.execute(update(contact).where(contact.c.person_id == second.person_id).values(person_id=first.person_id))


def find_identities(connection: Connection, person_id: int) -> list[tuple[int, int]]:
    """The account and contact ids of every linked identity of one person."""
    return [
        (account_id, contact_id) for account_id, contact_id in _IDENTITIES.rows(connection, {"person_id": person_id})
    ]


def find_of_staff(connection: Connection, account_id: int, staff_id: int) -> list[int]:
    """The ids of a staff member's own contacts of the page."""
    found = _OF_STAFF.rows(connection, {"account_id": account_id, "staff_id": staff_id})
    return [int(row[0]) for row in found]


def find_outdated(connection: Connection, account_id: int, generation: int, since: datetime, limit: int) -> list[int]:
    """Contacts heard of since an instant that were last planned under an older campaign."""
    values = {"account_id": account_id, "generation": generation, "since": since, "limit": limit}
    return [row[0] for row in _OUTDATED.rows(connection, values)]


def load_between(connection: Connection, account_id: int, after: int, last: int) -> list[Contact]:
    """The contacts of a page behind one id up to another, in order. Not locked: for those who only look."""
    values = {"account_id": account_id, "after": after, "last": last}
    return [_contact(row) for row in _BETWEEN.rows(connection, values)]


def next_heard_of(connection: Connection, account_id: int, since: datetime, after: int, limit: int) -> list[Contact]:
    """Those with the next ids of those who were heard of since an instant, in order. Not locked, too."""
    values = {"account_id": account_id, "since": since, "after": after, "limit": limit}
    return [_contact(row) for row in _NEXT_HEARD_OF.rows(connection, values)]


def count_heard_of(connection: Connection, account_id: int, since: datetime) -> int:
    """How many those are."""
    return int(_COUNT_HEARD_OF.scalar(connection, {"account_id": account_id, "since": since}))


def find_outdated_pages(connection: Connection, since: datetime) -> list[int]:
    """The pages that have such contacts. Asked every second: one look into the index for each page."""
    return [row[0] for row in _OUTDATED_PAGES.rows(connection, {"since": since})]


def lock_contacts(connection: Connection, identities: Iterable[tuple[int, int]]) -> list[Contact]:
    """Several contacts, by account id and id: held, in the fixed order."""
    rows = [{"account_id": account_id, "id": contact_id} for account_id, contact_id in identities]
    if not rows:
        return []
    return [_contact(row) for row in _several(connection.dialect.name).rows(connection, {"rows": bulk.encode(rows)})]


@lru_cache
def _several(dialect: str) -> Statement:
    named = bulk.is_among(contact, ("account_id", "id"), dialect)
    sql = f"SELECT {_COLUMNS.names} FROM contact WHERE {named} ORDER BY contact.account_id, contact.id"  # noqa: S608  names are our schema's
    return Statement(sql, locking="FOR UPDATE OF contact")


def find_by_platform_id(connection: Connection, account_id: int, platform_contact_id: str) -> Contact | None:
    found = _BY_PLATFORM_ID.first(connection, {"account_id": account_id, "platform_contact_id": platform_contact_id})
    return _contact(found) if found else None


def _the_one(rows: Sequence[Sequence[Any]]) -> Contact:
    if not rows:
        raise LookupError("no such contact")
    return _contact(rows[0])


def _contact(row: Sequence[Any]) -> Contact:
    return Contact._make(_COLUMNS.read(row))
