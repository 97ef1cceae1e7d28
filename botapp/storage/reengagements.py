"""Re-engagements: plans, claims and outcomes. A row leaves only a named state, and the caller looks at the answer."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, func, select

from botapp.policy.decision import PastClaim
from botapp.policy.reason import FOR_THE_SAKE_OF_CLAIMS, Reason
from botapp.storage import bulk, moves
from botapp.storage.contacts import change_contact
from botapp.storage.schema import reengagement
from botapp.storage.standing import ContactId
from botapp.storage.statement import Answer, Columns, Rows, Statement
from botapp.storage.times import from_microseconds


class State(StrEnum):
    PLANNED = "planned"
    CLAIMED = "claimed"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class ReengagementKey:
    account_id: int
    contact_id: int
    interaction_at: datetime


@dataclass(frozen=True, slots=True)
class Reengagement:
    key: ReengagementKey
    state: State
    reason: str | None
    due_at: datetime
    deadline_at: datetime
    claim_token: str | None
    claimed_at: datetime | None
    closes_at: datetime | None
    releases: int
    message_id: str | None


@dataclass(frozen=True, slots=True)
class PastClaims:
    """Of one contact those that may have reached the customer."""

    newest: tuple[PastClaim, ...] = ()  # newest first
    total: int = 0
    taken_up: int = 0


_COLUMNS = Columns(
    reengagement,
    "account_id",
    "contact_id",
    "interaction_at",
    "state",
    "reason",
    "due_at",
    "deadline_at",
    "claim_token",
    "claimed_at",
    "closes_at",
    "releases",
    "message_id",
)
KEY_COLUMNS = ("account_id", "contact_id", "interaction_at")
_CONTACT = ("account_id", "contact_id")
_CLAIM_COLUMNS = (
    "claim_token",
    "claimed_at",
    "previous_claimed_at",
    "least_gap",
    "opened_at",
    "closes_at",
    "send_allowance",
    "rule_version",
    "template_name",
    "template_version",
    "variant",
)
# States stand in the statements as they are and not as parameters: only then can a partial index serve them.
_SELECT = f"SELECT {_COLUMNS.names} FROM reengagement WHERE "  # noqa: S608  names are our schema's
_OF_CONTACT = "account_id = :account_id AND contact_id = :contact_id"
_BY_KEY = f"{_OF_CONTACT} AND interaction_at = :interaction_at"
_FIND = Statement(_SELECT + _BY_KEY)
_LOAD_ALL = Statement(f"{_SELECT}{_OF_CONTACT} ORDER BY interaction_at")
_PREVIOUS_CLAIM = Statement(f"SELECT max(claimed_at) FROM reengagement WHERE {_OF_CONTACT}")  # noqa: S608  the same
_FOR_THE_SAKE = ", ".join(f"'{reason}'" for reason in sorted(FOR_THE_SAKE_OF_CLAIMS))
_FORGET_FOR_THE_SAKE_OF_CLAIMS = Statement(
    f"DELETE FROM reengagement WHERE {_OF_CONTACT} AND interaction_at > :interaction_at"  # noqa: S608  the same
    f" AND state = 'skipped' AND reason IN ({_FOR_THE_SAKE})"
)
_CLAIM_STANDS = Statement(
    f"SELECT 1 FROM reengagement WHERE {_BY_KEY}"  # noqa: S608  the same
    " AND state = 'claimed' AND claim_token = :claim_token AND crossed_at IS NULL"
)
DUE = "state = 'planned' AND due_at <= :now AND (leased_until IS NULL OR leased_until <= :now)"
_ACCOUNTS_WITH_DUE = Statement(
    "SELECT id FROM account WHERE EXISTS"  # noqa: S608  the same
    f" (SELECT 1 FROM reengagement WHERE account_id = account.id AND {DUE}) ORDER BY id"
)
_OF_PAGE_DUE = f"account_id = :account_id AND {DUE}"
_MANY = 10_000
_ARE_MANY_DUE = Statement(
    f"SELECT count(*) FROM (SELECT 1 FROM reengagement WHERE {_OF_PAGE_DUE} LIMIT {_MANY}) AS due"  # noqa: S608  the same
)
# The nearest deadline first. By the index of deadlines every open window would be walked to find the few that are due
# ("+ 0" keeps the databases from it); where very many are due it finds them soon, and sorting them all would be slow.
_LEASE_OF_FEW = moves.leasing(reengagement, KEY_COLUMNS, _OF_PAGE_DUE, ["deadline_at + 0"])
_LEASE_OF_MANY = moves.leasing(reengagement, KEY_COLUMNS, _OF_PAGE_DUE, ["deadline_at"])
_STALE_CLAIMS = Statement(
    f"{_SELECT}state = 'claimed' AND claimed_at < :claimed_before ORDER BY claimed_at LIMIT :limit"
)
_PAST_DEADLINE = Statement(f"{_SELECT}state = 'planned' AND deadline_at <= :now ORDER BY deadline_at LIMIT :limit")


def find_open(connection: Connection, contacts: Iterable[ContactId]) -> list[Reengagement]:
    """The planned and claimed ones of these contacts."""
    statement = _among(_SELECT, _CONTACT, "AND state IN ('planned', 'claimed')", connection.dialect.name)
    return _read(statement.rows(connection, {"rows": _encode_contacts(contacts)}))


def load_all(connection: Connection, contact: ContactId) -> list[Reengagement]:
    """All of one contact, in the order of the silences that they belong to."""
    return _read(_LOAD_ALL.rows(connection, dict(zip(_CONTACT, contact, strict=True))))


def ask_past_claims(
    connection: Connection, contacts: Iterable[ContactId], limit: int
) -> Answer[dict[ContactId, PastClaims]]:
    """The newest claims that may have reached the customer, and how many there are, by contact.

    One of which nothing was heard may never have arrived: in doubt it was not taken up, whatever the customer did.
    """
    values = {"rows": _encode_contacts(dict.fromkeys(contacts)), "limit": limit}
    return _past_claims(connection.dialect.name).ask(connection, values, read=_read_past_claims)


def replace_plans(
    connection: Connection, contacts: Sequence[ContactId], rows: Sequence[Mapping[str, Any]]
) -> set[ContactId]:
    """Drop these locked contacts' open plans and put these rows in their place; tells for whom a row was stored.

    A silence that was claimed or refused already keeps its row.
    """
    if contacts:
        head, condition = "DELETE FROM reengagement WHERE ", "AND state = 'planned'"
        dropping = _among(head, _CONTACT, condition, connection.dialect.name)
        dropping.send(connection, {"rows": _encode_contacts(contacts)})
    stored: set[Any] = bulk.insert_new(connection, reengagement, rows, key=_CONTACT)
    return stored


def forget_refusals(connection: Connection, keys: Iterable[ReengagementKey], reasons: Iterable[Reason]) -> None:
    """Drop refusals of these silences that lay with the campaign, so that a changed campaign may plan them."""
    named = ", ".join(f"'{reason}'" for reason in sorted(reasons))
    head, condition = "DELETE FROM reengagement WHERE ", f"AND state = 'skipped' AND reason IN ({named})"
    refusals = _among(head, KEY_COLUMNS, condition, connection.dialect.name)
    refusals.send(connection, {"rows": bulk.encode(map(key_values, keys))})


def accounts_with_due(connection: Connection, now: datetime) -> list[int]:
    """The pages that have something due and may send."""
    return [account_id for (account_id,) in _ACCOUNTS_WITH_DUE.rows(connection, {"now": now})]


def lease_due(
    connection: Connection, account_id: int, now: datetime, leased_until: datetime, limit: int
) -> list[ReengagementKey]:
    """Take up to `limit` due plans of a page, the nearest deadline first. A hint that expires, not a permission."""
    page = {"account_id": account_id, "now": now}
    lease = _LEASE_OF_MANY if _ARE_MANY_DUE.scalar(connection, page) == _MANY else _LEASE_OF_FEW
    leased = sorted(lease.rows(connection, {**page, "leased_until": leased_until, "limit": limit}), key=itemgetter(-1))
    return [ReengagementKey(account, contact, from_microseconds(at)) for account, contact, at, _ in leased]


def any_on_the_wire(connection: Connection, contacts: Iterable[ContactId], claimed_since: datetime) -> bool:
    """Whether one of these contacts may still be reached by what was begun.

    A claim of which nothing is known may be written yet; where the answer was lost the request may still arrive.
    """
    condition = "AND (state = 'claimed' OR (state = 'unknown' AND claimed_at > :claimed_since)) LIMIT 1"
    statement = _among("SELECT 1 FROM reengagement WHERE ", _CONTACT, condition, connection.dialect.name)
    values = {"rows": _encode_contacts(contacts), "claimed_since": claimed_since}
    return statement.first(connection, values) is not None


def find(connection: Connection, key: ReengagementKey) -> Reengagement | None:
    """The one with this key."""
    return ask(connection, key).read()


def ask(connection: Connection, key: ReengagementKey) -> Answer[Reengagement | None]:
    """The same, to be read later."""
    return _FIND.ask(connection, key_values(key), read=lambda rows: next(iter(_read(rows)), None))


def find_all(connection: Connection, keys: Iterable[ReengagementKey]) -> dict[ReengagementKey, Reengagement]:
    """Those with these keys."""
    statement = _among(_SELECT, KEY_COLUMNS, "", connection.dialect.name)
    found = _read(statement.rows(connection, {"rows": bulk.encode(map(key_values, keys))}))
    return {row.key: row for row in found}


def move(connection: Connection, key: ReengagementKey, source: State, target: State, values: Mapping[str, Any]) -> bool:
    """Leave a named state for another; False if the row had left it already."""
    return moves.move(connection, reengagement, key_values(key), (source, target), values)


def ask_to_move(
    connection: Connection, key: ReengagementKey, source: State, target: State, values: Mapping[str, Any]
) -> Answer[Rows]:
    """The same; whether it `changed` a row is to be read later."""
    return moves.ask_to_move(connection, reengagement, key_values(key), (source, target), values)


def claim_stands(connection: Connection, key: ReengagementKey, claim_token: str) -> bool:
    """Whether this very claim is still open and no withdrawal has crossed it."""
    return _CLAIM_STANDS.first(connection, {**key_values(key), "claim_token": claim_token}) is not None


def postpone(connection: Connection, key: ReengagementKey, due_at: datetime, reason: str) -> bool:
    """A plan stays planned, and is looked at again later."""
    return move(connection, key, State.PLANNED, State.PLANNED, {"due_at": due_at, "reason": reason})


def release(connection: Connection, key: ReengagementKey, due_at: datetime, reason: str | None) -> bool:
    """Undo a claim of which it is certain that nothing was delivered; the contact's last claim is the one before.

    Newer silences that were refused for this claim's sake are to be planned again.
    """
    emptied = dict.fromkeys(("recorded_at", "text", "crossed_at", *_CLAIM_COLUMNS))
    values = {"due_at": due_at, "reason": reason, "releases": 1, **emptied}
    if not move(connection, key, State.CLAIMED, State.PLANNED, values):
        return False
    changed: dict[str, Any] = {"last_claimed_at": previous_claim(connection, key.account_id, key.contact_id)}
    if _FORGET_FOR_THE_SAKE_OF_CLAIMS.run(connection, key_values(key)):
        changed["planned_generation"] = 0  # older than any campaign
    change_contact(connection, key.account_id, key.contact_id, **changed)
    return True


def previous_claim(connection: Connection, account_id: int, contact_id: int) -> datetime | None:
    """When this contact was last claimed, whatever came of it."""
    return ask_previous_claim(connection, account_id, contact_id).read()


def ask_previous_claim(connection: Connection, account_id: int, contact_id: int) -> Answer[datetime | None]:
    """The same, to be read later."""
    contact = {"account_id": account_id, "contact_id": contact_id}
    return _PREVIOUS_CLAIM.ask(
        connection, contact, read=lambda rows: None if rows[0][0] is None else from_microseconds(rows[0][0])
    )


def find_stale_claims(connection: Connection, claimed_before: datetime, limit: int) -> list[Reengagement]:
    """Claims of which nothing was heard: their process is gone."""
    return _read(_STALE_CLAIMS.rows(connection, {"claimed_before": claimed_before, "limit": limit}))


def find_past_deadline(connection: Connection, now: datetime, limit: int) -> list[Reengagement]:
    """Plans whose last instant has passed."""
    return _read(_PAST_DEADLINE.rows(connection, {"now": now, "limit": limit}))


def find_by_tokens(connection: Connection, tokens: Iterable[tuple[int, str]]) -> list[Reengagement]:
    """By account id and claim token."""
    wanted = [{"account_id": account_id, "claim_token": token} for account_id, token in tokens]
    if not wanted:
        return []
    statement = _among(_SELECT, ("account_id", "claim_token"), "", connection.dialect.name)
    return _read(statement.rows(connection, {"rows": bulk.encode(wanted)}))


def count_by_state(connection: Connection) -> list[tuple[int, str, str | None, int]]:
    """Account, state, reason, how many."""
    grouped = select(
        reengagement.c.account_id, reengagement.c.state, reengagement.c.reason, func.count().label("number")
    ).group_by(reengagement.c.account_id, reengagement.c.state, reengagement.c.reason)
    return [tuple(row) for row in connection.execute(grouped)]


def key_values(key: ReengagementKey) -> dict[str, Any]:
    """The key by the names of its columns."""
    return {"account_id": key.account_id, "contact_id": key.contact_id, "interaction_at": key.interaction_at}


@lru_cache
def _among(head: str, columns: tuple[str, ...], condition: str, dialect: str) -> Statement:
    return Statement(f"{head}{bulk.is_among(reengagement, columns, dialect)} {condition}")


@lru_cache
def _past_claims(dialect: str) -> Statement:
    # The claims that may have reached the customer. CROSS JOIN holds SQLite to looking each contact's own rows up: for
    # the sake of their order it would otherwise read those of the whole page.
    return Statement(
        "SELECT account_id, contact_id, claimed_at, is_taken_up, total, taken_up FROM"  # noqa: S608  the same
        " (SELECT source.account_id, source.contact_id, claimed_at,"
        " taken_up_at IS NOT NULL AND state = 'sent' AS is_taken_up,"
        " row_number() OVER (PARTITION BY source.account_id, source.contact_id ORDER BY claimed_at DESC) AS recency,"
        " count(*) OVER (PARTITION BY source.account_id, source.contact_id) AS total,"
        " sum(CASE WHEN taken_up_at IS NOT NULL AND state = 'sent' THEN 1 ELSE 0 END)"
        " OVER (PARTITION BY source.account_id, source.contact_id) AS taken_up"
        f" FROM {bulk.source(reengagement, _CONTACT, dialect)} CROSS JOIN reengagement"
        " WHERE reengagement.account_id = source.account_id AND reengagement.contact_id = source.contact_id"
        " AND claimed_at IS NOT NULL AND state IN ('claimed', 'sent', 'unknown')) AS claims"
        " WHERE recency <= :limit ORDER BY recency"
    )


def _encode_contacts(contacts: Iterable[ContactId]) -> str:
    return bulk.encode({"account_id": account_id, "contact_id": contact_id} for account_id, contact_id in contacts)


def _read(rows: Iterable[Sequence[Any]]) -> list[Reengagement]:
    return [_reengagement(*_COLUMNS.read(row)) for row in rows]


def _read_past_claims(rows: Rows) -> dict[ContactId, PastClaims]:
    found: dict[ContactId, list[PastClaim]] = defaultdict(list)
    counts: dict[ContactId, tuple[int, int]] = {}
    for account_id, contact_id, claimed_at, is_taken_up, total, taken_up in rows:
        found[account_id, contact_id].append(PastClaim(from_microseconds(claimed_at), bool(is_taken_up)))
        counts[account_id, contact_id] = (int(total), int(taken_up))
    return {contact: PastClaims(tuple(claims), *counts[contact]) for contact, claims in found.items()}


def _reengagement(account_id: int, contact_id: int, interaction_at: datetime, state: str, *rest: Any) -> Reengagement:  # noqa: ANN401  the columns
    return Reengagement(ReengagementKey(account_id, contact_id, interaction_at), State(state), *rest)
