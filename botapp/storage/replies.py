"""Answers to what customers write: one an event, in order within a contact."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, func, select

from botapp.storage import bulk, moves
from botapp.storage.reengagements import State
from botapp.storage.schema import reply
from botapp.storage.statement import Answer, Columns, Statement

TRIAL = "template_trial"  # the kind of a template that a staff member tries on a contact of their own
BY_STAFF = "staff"  # the kind of an answer that a person of the team wrote; its words stand in its row from the start


@dataclass(frozen=True, slots=True)
class ReplyKey:
    account_id: int
    contact_id: int
    event_key: str


@dataclass(frozen=True, slots=True)
class Reply:
    key: ReplyKey
    state: State
    position: int
    kind: str
    language: str | None
    until: datetime | None
    planned_at: datetime
    claim_token: str | None
    claimed_at: datetime | None
    releases: int
    message_id: str | None
    about: str | None
    part: int  # of a long text: which one is next, or is being sent; from 0
    parts: int
    text: str | None  # all of it, once the first part was claimed
    reason: str | None

    @property
    def is_last_part(self) -> bool:
        return self.part + 1 >= self.parts

    @property
    def has_more_to_say(self) -> bool:
        """Whether the next part follows once this one has arrived. After one that was in doubt nothing follows."""
        return self.state is State.CLAIMED and not self.is_last_part


@dataclass(frozen=True, slots=True)
class Said:
    """What an earlier answer was."""

    kind: str
    about: str | None


_KEY_COLUMNS = ("account_id", "contact_id", "event_key")
_COLUMNS = Columns(
    reply,
    *_KEY_COLUMNS,
    "state",
    "position",
    "kind",
    "language",
    "until",
    "planned_at",
    "claim_token",
    "claimed_at",
    "releases",
    "message_id",
    "about",
    "part",
    "parts",
    "text",
    "reason",
)
# States stand in the statements as they are and not as parameters: only then can a partial index serve them.
_SELECT = f"SELECT {_COLUMNS.names} FROM reply WHERE "  # noqa: S608  names are our schema's
_OF_CONTACT = "account_id = :account_id AND contact_id = :contact_id"
_FIND = Statement(f"{_SELECT}{_OF_CONTACT} AND event_key = :event_key")
_LOAD_ALL = Statement(f"{_SELECT}{_OF_CONTACT} ORDER BY position")
_LATELY_SAID = Statement(
    f"SELECT kind, about FROM reply WHERE {_OF_CONTACT} AND position < :position AND claimed_at >= :since"  # noqa: S608  the same
    " AND state IN ('sent', 'unknown') ORDER BY position DESC LIMIT :limit"
)
_ANY_LATER = Statement(
    f"SELECT 1 FROM reply WHERE {_OF_CONTACT} AND state = 'planned' AND position > :position AND kind = :kind LIMIT 1"  # noqa: S608  the same
)
_ANY_OPEN = Statement(f"SELECT 1 FROM reply WHERE {_OF_CONTACT} AND state IN ('planned', 'claimed') LIMIT 1")  # noqa: S608  the same
_WAITING = (
    "state IN ('planned', 'claimed') AND state = 'planned'"
    " AND not_before <= :now AND (leased_until IS NULL OR leased_until <= :now) AND NOT EXISTS"
    " (SELECT 1 FROM reply earlier WHERE earlier.account_id = reply.account_id"
    " AND earlier.contact_id = reply.contact_id AND earlier.state IN ('planned', 'claimed')"
    " AND earlier.position < reply.position)"
)
_ANY_WAITING = Statement(f"SELECT 1 FROM reply WHERE {_WAITING} LIMIT 1")  # noqa: S608  the same
_LEASE = moves.leasing(reply, _KEY_COLUMNS, _WAITING, ["planned_at", "position"])
_STALE_CLAIMS = Statement(
    f"{_SELECT}state IN ('planned', 'claimed') AND state = 'claimed' AND claimed_at < :claimed_before"
    " ORDER BY claimed_at LIMIT :limit"
)


def store_new(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Plan answers; an event that has one already gets no second."""
    bulk.insert_new(connection, reply, rows)


def any_waiting(connection: Connection, now: datetime) -> bool:
    """Whether an answer could be leased now."""
    return _ANY_WAITING.first(connection, {"now": now}) is not None


def lease(connection: Connection, now: datetime, leased_until: datetime, limit: int) -> list[ReplyKey]:
    """Take up to `limit` answers, the oldest first and only the first open one of each contact."""
    leased = _LEASE.rows(connection, {"now": now, "leased_until": leased_until, "limit": limit})
    return [ReplyKey(*row[:3]) for row in sorted(leased, key=lambda row: row[3:])]


def find(connection: Connection, key: ReplyKey) -> Reply | None:
    """The answer to this event."""
    return next(iter(_read(_FIND.rows(connection, _key_values(key)))), None)


def key_by_staff(contact: tuple[int, int], staff_id: int, nonce: str) -> ReplyKey:
    """Of what a staff member writes; the nonce is their form's, so that a form that is sent twice is one answer."""
    return ReplyKey(*contact, f"{BY_STAFF}:{staff_id}:{nonce}")


def key_of_trial(contact: tuple[int, int], staff_id: int, nonce: str) -> ReplyKey:
    """The same of a template that they try."""
    return ReplyKey(*contact, f"{TRIAL}:{staff_id}:{nonce}")


def find_tester(key: ReplyKey) -> int | None:
    """The staff member who tries a template by this answer."""
    return _staff_named(key, TRIAL)


def find_author(key: ReplyKey) -> int | None:
    """The staff member who wrote it; None for the bot's own answers."""
    return _staff_named(key, BY_STAFF)


def _staff_named(key: ReplyKey, kind: str) -> int | None:
    named, _, rest = key.event_key.partition(":")
    number = rest.partition(":")[0]
    return int(number) if named == kind and number.isdecimal() else None


def load_all(connection: Connection, account_id: int, contact_id: int) -> list[Reply]:
    """All of one contact, in their order."""
    return _read(_LOAD_ALL.rows(connection, {"account_id": account_id, "contact_id": contact_id}))


def is_any_open(connection: Connection, account_id: int, contact_id: int) -> bool:
    """Whether this contact still waits for an answer."""
    return ask_is_any_open(connection, account_id, contact_id).read()


def ask_is_any_open(connection: Connection, account_id: int, contact_id: int) -> Answer[bool]:
    """The same, to be read later."""
    return _ANY_OPEN.ask(connection, {"account_id": account_id, "contact_id": contact_id}, read=bool)


def move(connection: Connection, key: ReplyKey, source: State, target: State, values: Mapping[str, Any]) -> bool:
    """Leave a named state for another; False if the row had left it already."""
    return moves.move(connection, reply, _key_values(key), (source, target), values)


def take_back(connection: Connection, key: ReplyKey, reason: str, recorded_at: datetime) -> bool:
    """What it would answer was taken back; False if it is on its way already, or said in part."""
    found = find(connection, key)
    is_unsaid = found is not None and found.state is State.PLANNED and found.part == 0
    return is_unsaid and move(
        connection, key, State.PLANNED, State.SKIPPED, {"reason": reason, "recorded_at": recorded_at}
    )


def load_lately_said(connection: Connection, reply: Reply, since: datetime, limit: int) -> list[Said]:
    """What this person was answered before this answer, the latest first."""
    key = {"account_id": reply.key.account_id, "contact_id": reply.key.contact_id}
    values = {**key, "position": reply.position, "since": since, "limit": limit}
    return [Said(*row) for row in _LATELY_SAID.rows(connection, values)]


def is_followed_by(connection: Connection, reply: Reply, kind: str) -> bool:
    """Whether an answer of that kind is planned after this one."""
    values = {"account_id": reply.key.account_id, "contact_id": reply.key.contact_id}
    return _ANY_LATER.first(connection, {**values, "position": reply.position, "kind": kind}) is not None


def go_on(connection: Connection, claimed: Reply, now: datetime) -> bool:
    """This part of a long text has arrived: the next one is due."""
    emptied = dict.fromkeys(("claim_token", "claimed_at", "reason"))
    values = {"part": claimed.part + 1, "not_before": now, **emptied}
    return move(connection, claimed.key, State.CLAIMED, State.PLANNED, values)


def release(
    connection: Connection, key: ReplyKey, not_before: datetime, reason: str | None, *, is_begun: bool = False
) -> bool:
    """Undo a claim of which it is certain that nothing was delivered; of a text that `is_begun` the rest is kept."""
    composed = () if is_begun or find_author(key) else ("text",)  # a person's words are not to be had anew
    emptied = dict.fromkeys(("claim_token", "claimed_at", *composed))
    values = {"not_before": not_before, "reason": reason, "releases": 1, **emptied}
    return move(connection, key, State.CLAIMED, State.PLANNED, values)


def find_by_tokens(connection: Connection, tokens: Iterable[tuple[int, str]]) -> list[Reply]:
    """By account id and claim token."""
    wanted = [{"account_id": account_id, "claim_token": token} for account_id, token in tokens]
    if not wanted:
        return []
    return _read(_by_tokens(connection.dialect.name).rows(connection, {"rows": bulk.encode(wanted)}))


def find_known_messages(connection: Connection, message_ids: Iterable[tuple[int, str]]) -> set[tuple[int, str]]:
    """Which of these, by account id and message id, are answers of ours."""
    wanted = [{"account_id": account_id, "message_id": message_id} for account_id, message_id in message_ids]
    return {(row.account_id, row.message_id) for row in bulk.find(connection, reply, wanted)}


def settle(connection: Connection, settled: Iterable[tuple[ReplyKey, str | None]], recorded_at: datetime) -> None:
    """The platform showed these answers to be sent: outcomes in doubt are so no longer."""
    rows = [
        {**_key_values(key), "state": State.SENT, "reason": None, "message_id": message_id, "recorded_at": recorded_at}
        for key, message_id in settled
    ]
    bulk.update(connection, reply, rows, key=_KEY_COLUMNS, condition="reply.state IN ('claimed', 'unknown')")


def find_stale_claims(connection: Connection, claimed_before: datetime, limit: int) -> list[Reply]:
    """Claims of which nothing was heard: their process is gone."""
    return _read(_STALE_CLAIMS.rows(connection, {"claimed_before": claimed_before, "limit": limit}))


def count_by_state(connection: Connection) -> list[tuple[int, str, str | None, int]]:
    """Account, state, reason, how many."""
    grouped = select(reply.c.account_id, reply.c.state, reply.c.reason, func.count().label("number")).group_by(
        reply.c.account_id, reply.c.state, reply.c.reason
    )
    return [tuple(row) for row in connection.execute(grouped)]


@lru_cache
def _by_tokens(dialect: str) -> Statement:
    return Statement(_SELECT + bulk.is_among(reply, ("account_id", "claim_token"), dialect))


def _key_values(key: ReplyKey) -> dict[str, Any]:
    return {"account_id": key.account_id, "contact_id": key.contact_id, "event_key": key.event_key}


def _read(rows: Iterable[Sequence[Any]]) -> list[Reply]:
    return [_reply(*_COLUMNS.read(row)) for row in rows]


def _reply(account_id: int, contact_id: int, event_key: str, state: str, *rest: Any) -> Reply:  # noqa: ANN401  the columns
    return Reply(ReplyKey(account_id, contact_id, event_key), State(state), *rest)
