"""Forecasts and backtests that staff asked for: waiting, worked on by one process, and what came of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, update

from botapp.storage.schema import rehearsal

_GIVEN_UP_AFTER = timedelta(minutes=1)  # without a word of the process that works on it
_KEPT = timedelta(days=90)


class Kind(StrEnum):
    FORECAST = "forecast"
    BACKTEST = "backtest"


class State(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


OPEN = (State.WAITING, State.RUNNING)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    account_id: int
    id: int
    kind: Kind
    campaign: str | None  # a campaign file's text; None: the live rules
    since: datetime | None  # of a backtest
    until: datetime
    state: State
    asked_at: datetime
    asked_by: int | None
    heard_at: datetime | None
    holder: str | None
    done: int  # contacts that were looked at
    contacts: int
    finished_at: datetime | None
    result: str | None  # JSON
    fault: str | None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


_C = rehearsal.c


def add(connection: Connection, values: Mapping[str, Any]) -> None:
    """One more that waits. Those that ended long ago go."""
    connection.execute(delete(rehearsal).where(_C.finished_at < values["asked_at"] - _KEPT))
    connection.execute(insert(rehearsal).values(state=State.WAITING.value, **values))


def count_open(connection: Connection, account_id: int) -> int:
    """How many of a page wait or are worked on."""
    counted = select(func.count()).where(_C.account_id == account_id, _C.state.in_(OPEN))
    return int(connection.execute(counted).scalar_one())


def is_any_open(connection: Connection) -> bool:
    """Whether anything is to be done, or being done."""
    return connection.execute(select(_C.id).where(_C.state.in_(OPEN)).limit(1)).first() is not None


def take_next(connection: Connection, holder: str, now: datetime) -> Rehearsal | None:
    """The one that has waited longest, for this process; one that lost its process is begun anew."""
    is_lost = and_(_C.state == State.RUNNING.value, _C.heard_at < now - _GIVEN_UP_AFTER)
    free = or_(_C.state == State.WAITING.value, is_lost)
    row = connection.execute(select(rehearsal).where(free).order_by(_C.asked_at, _C.id).limit(1)).first()
    if row is None:
        return None
    values = {"state": State.RUNNING.value, "holder": holder, "heard_at": now, "done": 0}
    taken = update(rehearsal).where(_C.account_id == row.account_id, _C.id == row.id, free).values(values)
    return _rehearsal(row) if connection.execute(taken).rowcount == 1 else None


def report(connection: Connection, which: Rehearsal, holder: str, progress: tuple[int, int], now: datetime) -> bool:
    """How far it is; False if it was cancelled, or given to another process."""
    done, number = progress
    return _change(connection, which, _held(holder), {"done": done, "contacts": number, "heard_at": now})


def finish(connection: Connection, which: Rehearsal, holder: str, result: str, now: datetime) -> bool:
    """What it came to; False as above."""
    values = {"state": State.DONE.value, "result": result, "finished_at": now, "done": _C.contacts}
    return _change(connection, which, _held(holder), values)


def fail(connection: Connection, which: Rehearsal, holder: str, fault: str, now: datetime) -> bool:
    """Why it came to nothing; False as above."""
    values = {"state": State.FAILED.value, "fault": fault, "finished_at": now}
    return _change(connection, which, _held(holder), values)


def cancel(connection: Connection, which: Rehearsal, now: datetime) -> bool:
    """Whoever works on it hears of it with the next report; False if it had ended already."""
    values = {"state": State.CANCELLED.value, "finished_at": now}
    return _change(connection, which, _C.state.in_(OPEN), values)


def find(connection: Connection, account_id: int, rehearsal_id: int) -> Rehearsal | None:
    row = connection.execute(select(rehearsal).where(_C.account_id == account_id, _C.id == rehearsal_id)).first()
    return _rehearsal(row) if row else None


def load_latest(connection: Connection, account_ids: Iterable[int], limit: int) -> Sequence[Rehearsal]:
    """Of these pages, the last one that was asked for first."""
    latest = select(rehearsal).where(_C.account_id.in_(list(account_ids))).order_by(_C.asked_at.desc(), _C.id)
    return [_rehearsal(row) for row in connection.execute(latest.limit(limit))]


def _held(holder: str) -> ColumnElement[bool]:
    return and_(_C.state == State.RUNNING.value, _C.holder == holder)


def _change(
    connection: Connection, which: Rehearsal, condition: ColumnElement[bool], values: Mapping[str, Any]
) -> bool:
    changed = update(rehearsal).where(_C.account_id == which.account_id, _C.id == which.id, condition)
    return connection.execute(changed.values(values)).rowcount == 1


def _rehearsal(row: Any) -> Rehearsal:  # noqa: ANN401  a row
    return Rehearsal(**{**row._mapping, "kind": Kind(row.kind), "state": State(row.state)})  # noqa: SLF001  SQLAlchemy's own way
