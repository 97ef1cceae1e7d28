"""Re-engagements: plans, claims and outcomes. A row leaves only a named state, and the caller looks at the answer."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Delete, Row, Select, and_, bindparam, delete, exists, func, or_, select, update

from botapp.policy.decision import PastClaim
from botapp.storage import bulk
from botapp.storage.contacts import change_contact
from botapp.storage.schema import account, reengagement
from botapp.storage.standing import ContactId
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


_KEY_COLUMNS = ("account_id", "contact_id", "interaction_at")
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
)
_MAY_HAVE_REACHED = (State.CLAIMED, State.SENT, State.UNKNOWN)


def find_open(connection: Connection, contacts: Iterable[ContactId]) -> list[Reengagement]:
    """The planned and claimed ones of these contacts."""
    found = connection.execute(_open_ones(connection.dialect.name), {"rows": _encode_contacts(contacts)})
    return [_reengagement(row) for row in found]


def load_all(connection: Connection, contact: ContactId) -> list[Reengagement]:
    """All of one contact, in the order of the silences that they belong to."""
    of_contact = select(reengagement).where(
        reengagement.c.account_id == contact[0], reengagement.c.contact_id == contact[1]
    )
    return [_reengagement(row) for row in connection.execute(of_contact.order_by(reengagement.c.interaction_at))]


def load_past_claims(
    connection: Connection, contacts: Iterable[ContactId], limit: int
) -> dict[ContactId, tuple[PastClaim, ...]]:
    """The newest claims that may have reached the customer, newest first, by contact."""
    found: dict[ContactId, list[PastClaim]] = defaultdict(list)
    values = {"rows": _encode_contacts(contacts), "limit": limit}
    for row in connection.execute(_past_claims(connection.dialect.name), values):
        found[row.account_id, row.contact_id].append(PastClaim(row.claimed_at, row.taken_up_at is not None))
    return {contact: tuple(claims) for contact, claims in found.items()}


def replace_plans(
    connection: Connection, contacts: Sequence[ContactId], rows: Sequence[Mapping[str, Any]]
) -> set[ContactId]:
    """Drop these locked contacts' open plans and put these rows in their place; tells for whom a row was stored.

    A silence that was claimed or refused already keeps its row.
    """
    if contacts:
        connection.execute(_dropping_plans(connection.dialect.name), {"rows": _encode_contacts(contacts)})
    stored = bulk.insert_new(connection, reengagement, rows, returning="account_id, contact_id")
    return {(row.account_id, row.contact_id) for row in stored}


def forget_refusals(connection: Connection, keys: Iterable[ReengagementKey], reasons: Iterable[str]) -> None:
    """Drop refusals of these silences that lay with the campaign, so that a changed campaign may plan them."""
    refusals = delete(reengagement).where(
        bulk.is_among(reengagement, _KEY_COLUMNS, connection.dialect.name),
        reengagement.c.state == State.SKIPPED,
        reengagement.c.reason.in_(list(reasons)),
    )
    connection.execute(refusals, {"rows": bulk.encode(_key_values(key) for key in keys)})


def mark_taken_up(
    connection: Connection, interactions: Iterable[tuple[ContactId, datetime]]
) -> list[tuple[ContactId, datetime]]:
    """Contacts interacted at these instants: an earlier re-engagement whose window was open then was not ignored.

    Tells for whom there was one, and by which interaction.
    """
    rows = [{"account_id": a, "contact_id": c, "taken_up_at": at} for (a, c), at in interactions]
    taken_up = bulk.update(
        connection,
        reengagement,
        rows,
        key=("account_id", "contact_id"),
        condition="reengagement.claimed_at < source.taken_up_at AND reengagement.closes_at > source.taken_up_at"
        " AND reengagement.taken_up_at IS NULL",
        returning="reengagement.account_id, reengagement.contact_id, reengagement.taken_up_at",
    )
    return [((row.account_id, row.contact_id), from_microseconds(row.taken_up_at)) for row in taken_up]


def mark_crossed(connection: Connection, keys: Iterable[ReengagementKey], crossed_at: datetime) -> None:
    """A withdrawal was committed while these claims were in flight."""
    bulk.update(
        connection,
        reengagement,
        [{**_key_values(key), "crossed_at": crossed_at} for key in keys],
        key=_KEY_COLUMNS,
        condition="reengagement.state = 'claimed' AND reengagement.crossed_at IS NULL",
    )


def settle(
    connection: Connection, settled: Iterable[tuple[ReengagementKey, str | None]], recorded_at: datetime
) -> None:
    """The platform showed these messages to be sent: outcomes in doubt are so no longer."""
    rows = [
        {**_key_values(key), "state": State.SENT, "reason": None, "message_id": message_id, "recorded_at": recorded_at}
        for key, message_id in settled
    ]
    condition = "reengagement.state IN ('claimed', 'unknown')"
    bulk.update(connection, reengagement, rows, key=_KEY_COLUMNS, condition=condition)


def accounts_with_due(connection: Connection, now: datetime) -> list[int]:
    """The pages that have something due and may send."""
    waiting = select(account.c.id).where(exists().where(reengagement.c.account_id == account.c.id, *_due(now)))
    return list(connection.execute(waiting.order_by(account.c.id)).scalars())


def lease_due(
    connection: Connection, account_id: int, now: datetime, leased_until: datetime, limit: int
) -> list[ReengagementKey]:
    """Take up to `limit` due plans of a page, the nearest deadline first. A hint that expires, not a permission."""
    due = (
        select(reengagement.c.account_id, reengagement.c.contact_id, reengagement.c.interaction_at)
        .where(reengagement.c.account_id == account_id, *_due(now))
        .order_by(reengagement.c.deadline_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    keys = [ReengagementKey(*row) for row in connection.execute(due)]
    bulk.update(
        connection,
        reengagement,
        [{**_key_values(key), "leased_until": leased_until} for key in keys],
        key=_KEY_COLUMNS,
    )
    return keys


def find(connection: Connection, key: ReengagementKey) -> Reengagement | None:
    row = connection.execute(select(reengagement).where(_is(key))).first()
    return _reengagement(row) if row else None


def move(connection: Connection, key: ReengagementKey, source: State, target: State, values: Mapping[str, Any]) -> bool:
    """Leave a named state for another; False if the row had left it already."""
    moved = (
        update(reengagement)
        .where(_is(key), reengagement.c.state == source)
        .values(state=target, leased_until=None, **values)
    )
    return connection.execute(moved).rowcount == 1


def claim_stands(connection: Connection, key: ReengagementKey, claim_token: str) -> bool:
    """Whether this very claim is still open and no withdrawal has crossed it."""
    standing = exists().where(
        _is(key),
        reengagement.c.state == State.CLAIMED,
        reengagement.c.claim_token == claim_token,
        reengagement.c.crossed_at.is_(None),
    )
    return bool(connection.execute(select(standing)).scalar())


def postpone(connection: Connection, key: ReengagementKey, due_at: datetime, reason: str) -> bool:
    """A plan stays planned, and is looked at again later."""
    return move(connection, key, State.PLANNED, State.PLANNED, {"due_at": due_at, "reason": reason})


def release(connection: Connection, key: ReengagementKey, due_at: datetime, reason: str | None) -> bool:
    """Undo a claim of which it is certain that nothing was delivered; the contact's last claim is the one before."""
    values = {
        "due_at": due_at,
        "reason": reason,
        "releases": reengagement.c.releases + 1,
        "recorded_at": None,
        "text": None,
        "crossed_at": None,
        **dict.fromkeys(_CLAIM_COLUMNS),
    }
    if not move(connection, key, State.CLAIMED, State.PLANNED, values):
        return False
    last = previous_claim(connection, key.account_id, key.contact_id)
    change_contact(connection, key.account_id, key.contact_id, last_claimed_at=last)
    return True


def previous_claim(connection: Connection, account_id: int, contact_id: int) -> datetime | None:
    """When this contact was last claimed, whatever came of it."""
    latest = select(func.max(reengagement.c.claimed_at)).where(
        reengagement.c.account_id == account_id, reengagement.c.contact_id == contact_id
    )
    return connection.execute(latest).scalar()


def find_by_tokens(connection: Connection, tokens: Iterable[tuple[int, str]]) -> list[Reengagement]:
    """By account id and claim token."""
    wanted = [{"account_id": account_id, "claim_token": token} for account_id, token in tokens]
    return [_reengagement(row) for row in bulk.find(connection, reengagement, wanted)]


def find_known_messages(connection: Connection, message_ids: Iterable[tuple[int, str]]) -> set[tuple[int, str]]:
    """Which of these, by account id and message id, are re-engagements of ours."""
    wanted = [{"account_id": account_id, "message_id": message_id} for account_id, message_id in message_ids]
    return {(row.account_id, row.message_id) for row in bulk.find(connection, reengagement, wanted)}


def mark_received(connection: Connection, column: str, messages: Mapping[tuple[int, str], datetime]) -> None:
    """Keep when messages, by account id and message id, were first delivered ("delivered_at") or read ("read_at")."""
    rows = [{"account_id": a, "message_id": message_id, column: at} for (a, message_id), at in messages.items()]
    condition = f"reengagement.{column} IS NULL"
    bulk.update(connection, reengagement, rows, key=("account_id", "message_id"), condition=condition)


def mark_received_until(connection: Connection, column: str, watermarks: Mapping[ContactId, datetime]) -> None:
    """Everything sent to a contact up to its watermark was delivered ("delivered_at") or read ("read_at")."""
    rows = [{"account_id": a, "contact_id": c, column: at} for (a, c), at in watermarks.items()]
    condition = (
        f"reengagement.{column} IS NULL AND reengagement.state = 'sent' AND reengagement.claimed_at <= source.{column}"
    )
    bulk.update(connection, reengagement, rows, key=("account_id", "contact_id"), condition=condition)


def find_stale_claims(connection: Connection, claimed_before: datetime, limit: int) -> list[Reengagement]:
    """Claims of which nothing was heard: their process is gone."""
    stale = (
        select(reengagement)
        .where(reengagement.c.state == State.CLAIMED, reengagement.c.claimed_at < claimed_before)
        .order_by(reengagement.c.claimed_at)
        .limit(limit)
    )
    return [_reengagement(row) for row in connection.execute(stale)]


def find_past_deadline(connection: Connection, now: datetime, limit: int) -> list[Reengagement]:
    """Plans whose last instant has passed."""
    late = select(reengagement).where(reengagement.c.state == State.PLANNED, reengagement.c.deadline_at <= now)
    return [_reengagement(row) for row in connection.execute(late.order_by(reengagement.c.deadline_at).limit(limit))]


def count_by_state(connection: Connection) -> list[tuple[int, str, str | None, int]]:
    """Account, state, reason, how many."""
    grouped = select(
        reengagement.c.account_id, reengagement.c.state, reengagement.c.reason, func.count().label("number")
    ).group_by(reengagement.c.account_id, reengagement.c.state, reengagement.c.reason)
    return [tuple(row) for row in connection.execute(grouped)]


@lru_cache
def _open_ones(dialect: str) -> Select[Any]:
    of_contacts = bulk.is_among(reengagement, _CONTACT, dialect)
    return select(reengagement).where(of_contacts, reengagement.c.state.in_([State.PLANNED, State.CLAIMED]))


@lru_cache
def _dropping_plans(dialect: str) -> Delete:
    of_contacts = bulk.is_among(reengagement, _CONTACT, dialect)
    return delete(reengagement).where(of_contacts, reengagement.c.state == State.PLANNED)


@lru_cache
def _past_claims(dialect: str) -> Select[Any]:
    r = reengagement.c
    recency = func.row_number().over(partition_by=(r.account_id, r.contact_id), order_by=r.claimed_at.desc())
    numbered = (
        select(r.account_id, r.contact_id, r.claimed_at, r.taken_up_at, recency.label("recency"))
        .where(
            bulk.is_among(reengagement, _CONTACT, dialect),
            r.claimed_at.is_not(None),
            r.state.in_(_MAY_HAVE_REACHED),
        )
        .subquery()
    )
    return select(numbered).where(numbered.c.recency <= bindparam("limit")).order_by(numbered.c.recency)


def _encode_contacts(contacts: Iterable[ContactId]) -> str:
    return bulk.encode({"account_id": account_id, "contact_id": contact_id} for account_id, contact_id in contacts)


def _due(now: datetime) -> tuple[Any, ...]:
    free = or_(reengagement.c.leased_until.is_(None), reengagement.c.leased_until <= now)
    return (reengagement.c.state == State.PLANNED, reengagement.c.due_at <= now, free)


def _is(key: ReengagementKey) -> Any:  # noqa: ANN401  an SQL expression
    return and_(
        reengagement.c.account_id == key.account_id,
        reengagement.c.contact_id == key.contact_id,
        reengagement.c.interaction_at == key.interaction_at,
    )


def _key_values(key: ReengagementKey) -> dict[str, Any]:
    return {"account_id": key.account_id, "contact_id": key.contact_id, "interaction_at": key.interaction_at}


def _reengagement(row: Row[Any]) -> Reengagement:
    return Reengagement(
        key=ReengagementKey(row.account_id, row.contact_id, row.interaction_at),
        state=State(row.state),
        reason=row.reason,
        due_at=row.due_at,
        deadline_at=row.deadline_at,
        claim_token=row.claim_token,
        claimed_at=row.claimed_at,
        closes_at=row.closes_at,
        releases=row.releases,
        message_id=row.message_id,
    )
