"""Hand-overs: conversations that people of the team take over, one open at a time for each contact."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from botapp.storage import bulk, moves
from botapp.storage.schema import handover
from botapp.storage.standing import ContactId
from botapp.storage.statement import Columns, Statement


class HandoverState(StrEnum):
    QUEUED = "queued"  # at the desk, and nobody has it
    CLAIMED = "claimed"  # a staff member has it
    PASSING = "passing"  # control of the thread is to be passed to the platform's inbox
    PASSED = "passed"  # people answer in the platform's inbox
    TAKING = "taking"  # control is to be taken back from there
    HANDED_BACK = "handed_back"  # the bot goes on
    CLOSED = "closed"  # it is over, and nobody goes on until the customer writes


class Cause(StrEnum):
    """Why a person is to take over."""

    ASKED = "asked"
    NOT_UNDERSTOOD = "not_understood"  # two failures in a row
    COMPLAINT = "complaint"  # or anger


class Outcome(StrEnum):
    """How it ended."""

    HANDED_BACK = "handed_back"  # by a person of the team
    CLOSED = "closed"  # the same, and there is nothing left to do
    CUSTOMER_LEFT = "customer_left"  # the customer chose to go on with the bot
    LAPSED = "lapsed"  # a person answered, and then nothing came for a window's length
    UNANSWERED = "unanswered"  # nobody answered while it could be done


@dataclass(frozen=True, slots=True)
class HandoverKey:
    account_id: int
    contact_id: int
    number: int

    @property
    def contact(self) -> ContactId:
        return self.account_id, self.contact_id


@dataclass(frozen=True, slots=True)
class Handover:
    key: HandoverKey
    state: HandoverState
    cause: str
    requested_at: datetime
    staff_id: int | None
    claimed_at: datetime | None
    answered_at: datetime | None
    late_at: datetime | None
    not_before: datetime
    ended_at: datetime | None
    outcome: str | None

    @property
    def is_open(self) -> bool:
        return self.ended_at is None


_KEY_COLUMNS = ("account_id", "contact_id", "number")
NAMES = (
    *_KEY_COLUMNS,
    "state",
    "cause",
    "requested_at",
    "staff_id",
    "claimed_at",
    "answered_at",
    "late_at",
    "not_before",
    "ended_at",
    "outcome",
)
_COLUMNS = Columns(handover, *NAMES)
# As in the indexes, to the letter: only then do they serve.
_OPEN = "state IN ('queued', 'claimed', 'passing', 'passed', 'taking')"
_SELECT = f"SELECT {_COLUMNS.names} FROM handover WHERE "  # noqa: S608  names are our schema's
_OF_CONTACT = "account_id = :account_id AND contact_id = :contact_id"
_FIND_OPEN = Statement(f"{_SELECT}{_OF_CONTACT} AND {_OPEN}")
_FIND = Statement(f"{_SELECT}{_OF_CONTACT} AND number = :number")
_LATE = Statement(
    f"{_SELECT}{_OPEN} AND state IN ('queued', 'passed') AND answered_at IS NULL AND late_at IS NULL"
    " AND requested_at < :before ORDER BY requested_at LIMIT :limit"
)
_OVER = Statement(
    f"{_SELECT}{_OPEN} AND EXISTS (SELECT 1 FROM contact WHERE contact.account_id = handover.account_id"  # noqa: S608  the same
    " AND contact.id = handover.contact_id AND (contact.thread_owner = 'bot' OR contact.thread_owned_at <= :idle_since"
    " OR contact.last_interaction_at <= :silent_since)) LIMIT :limit"
)
_ERRAND = (
    f"{_OPEN} AND state IN ('passing', 'taking') AND not_before <= :now"  # noqa: S608  the same
    " AND (leased_until IS NULL OR leased_until <= :now) AND NOT EXISTS (SELECT 1 FROM reply"
    " WHERE reply.account_id = handover.account_id AND reply.contact_id = handover.contact_id"
    " AND reply.state IN ('planned', 'claimed'))"
)
_ANY_ERRAND = Statement(f"SELECT 1 FROM handover WHERE {_ERRAND} LIMIT 1")  # noqa: S608  the same
_LEASE = moves.leasing(handover, _KEY_COLUMNS, _ERRAND, ["requested_at"])
_PUT_OFF = Statement(
    "UPDATE handover SET not_before = :not_before, leased_until = NULL"  # noqa: S608  the same
    f" WHERE {_OF_CONTACT} AND number = :number AND {_OPEN}"
)
_NOT_ANSWERED_SINCE = f"{_OPEN} AND (handover.answered_at IS NULL OR handover.answered_at < source.answered_at)"
_CLAIM = Statement(
    "UPDATE handover SET state = 'claimed', staff_id = :staff_id, claimed_at = :now"  # noqa: S608  the same
    f" WHERE {_OF_CONTACT} AND number = :number AND (state = 'queued' AND CAST(:known AS bigint) IS NULL"
    " OR state = 'claimed' AND staff_id = :known)"
)
_MARK_LATE = Statement(
    "UPDATE handover SET late_at = :now"  # noqa: S608  the same
    f" WHERE {_OF_CONTACT} AND number = :number AND {_OPEN} AND late_at IS NULL"
)


def store_new(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Open hand-overs; a contact that has an open one gets no second."""
    bulk.insert_new(connection, handover, rows)


def find_open(connection: Connection, contact: ContactId) -> Handover | None:
    """The open one of a contact."""
    return _the_one(_FIND_OPEN.rows(connection, _of(contact)))


def find(connection: Connection, key: HandoverKey) -> Handover | None:
    return _the_one(_FIND.rows(connection, _values(key)))


def find_late(connection: Connection, before: datetime, limit: int) -> list[Handover]:
    """Those asked for before an instant whom nobody has answered or claimed, and of which that is not noted yet."""
    return [_handover(row) for row in _LATE.rows(connection, {"before": before, "limit": limit})]


def find_over(connection: Connection, before: datetime, allowance: timedelta, limit: int) -> list[Handover]:
    """Those that nothing can come of: the thread is not people's any more, or lay idle or silent since `before`.

    Silent counts `allowance` sooner: no answer can begin so shortly before the window closes.
    """
    values = {"idle_since": before, "silent_since": before + allowance, "limit": limit}
    return [_handover(row) for row in _OVER.rows(connection, values)]


def claim(connection: Connection, key: HandoverKey, staff_id: int, known: int | None, now: datetime) -> bool:
    """A staff member takes it from the queue, or (`known`) over from that colleague; False if it is elsewhere now."""
    return _CLAIM.run(connection, {**_values(key), "staff_id": staff_id, "known": known, "now": now}) == 1


def move(
    connection: Connection,
    key: HandoverKey,
    source: HandoverState,
    target: HandoverState,
    **values: Any,  # noqa: ANN401  column values
) -> bool:
    """Leave a named state for another; False if it had left it already."""
    return moves.move(connection, handover, _values(key), (source, target), values)


def mark_answered(connection: Connection, answered: Mapping[ContactId, datetime]) -> None:
    """A person answered these contacts at those instants: noted in their open hand-overs, where there are any."""
    rows = [{**_of(contact), "answered_at": at} for contact, at in answered.items()]
    bulk.update(connection, handover, rows, key=("account_id", "contact_id"), condition=_NOT_ANSWERED_SINCE)


def mark_late(connection: Connection, key: HandoverKey, now: datetime) -> bool:
    """It has waited too long, and that is noted; False if it was noted before, or is over."""
    return _MARK_LATE.run(connection, {**_values(key), "now": now}) == 1


def any_errand(connection: Connection, now: datetime) -> bool:
    """Whether control of a thread is to be passed or taken now. The words that go before it are out."""
    return _ANY_ERRAND.first(connection, {"now": now}) is not None


def lease_errands(connection: Connection, now: datetime, leased_until: datetime, limit: int) -> list[HandoverKey]:
    """Take up to so many of these."""
    leased = _LEASE.rows(connection, {"now": now, "leased_until": leased_until, "limit": limit})
    return [HandoverKey(*row[:3]) for row in leased]


def put_off(connection: Connection, key: HandoverKey, not_before: datetime) -> None:
    """Try again from that instant on."""
    _PUT_OFF.run(connection, {**_values(key), "not_before": not_before})


def _the_one(rows: Sequence[Sequence[Any]]) -> Handover | None:
    return _handover(rows[0]) if rows else None


def _handover(row: Sequence[Any]) -> Handover:
    return read_handover(*_COLUMNS.read(row))


def read_handover(
    account_id: int,
    contact_id: int,
    number: int,
    state: str,
    *rest: Any,  # noqa: ANN401  columns
) -> Handover:
    """From the columns in the order of NAMES, their instants read already."""
    return Handover(HandoverKey(account_id, contact_id, number), HandoverState(state), *rest)


def _of(contact: ContactId) -> dict[str, Any]:
    return {"account_id": contact[0], "contact_id": contact[1]}


def _values(key: HandoverKey) -> dict[str, Any]:
    return {"account_id": key.account_id, "contact_id": key.contact_id, "number": key.number}
