"""Sessions of staff. The browser holds a random token, the database only its hash."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, select, update

from botapp.storage.schema import staff_session


class Stage(StrEnum):
    """How far a log-in has come."""

    SECOND_FACTOR = "second_factor"  # the password was right, a code is asked for
    ENROLMENT = "enrolment"  # the password was right, a second factor has to be set up first
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class StaffSession:
    id: int
    staff_id: int
    stage: Stage
    client: str
    created_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """A session lives if it was seen after one instant and began after the other."""

    seen_after: datetime
    created_after: datetime


def add(connection: Connection, token_hash: str, staff_id: int, stage: Stage, client: str, now: datetime) -> int:
    values = {"token_hash": token_hash, "staff_id": staff_id, "stage": stage.value, "client": client}
    statement = insert(staff_session).values(**values, created_at=now, seen_at=now).returning(staff_session.c.id)
    return int(connection.execute(statement).scalar_one())


def find_living(connection: Connection, token_hash: str, lifetimes: Lifetimes) -> StaffSession | None:
    """The session of a token, unless it has ended or lapsed."""
    row = connection.execute(_living(lifetimes).where(staff_session.c.token_hash == token_hash)).first()
    return _session(row) if row else None


def load_living(connection: Connection, staff_id: int, lifetimes: Lifetimes) -> list[StaffSession]:
    """A member's open sessions, the last seen first."""
    s = staff_session.c
    found = _living(lifetimes).where(s.staff_id == staff_id, s.stage == Stage.OPEN.value).order_by(s.seen_at.desc())
    return [_session(row) for row in connection.execute(found)]


def touch(connection: Connection, session_id: int, now: datetime) -> None:
    """It was seen again."""
    connection.execute(update(staff_session).where(staff_session.c.id == session_id).values(seen_at=now))


def end(connection: Connection, staff_id: int, session_id: int, now: datetime) -> bool:
    """End a session of that member; False if it had ended, or is not theirs."""
    s = staff_session.c
    ended = update(staff_session).where(s.id == session_id, s.staff_id == staff_id, s.ended_at.is_(None))
    return connection.execute(ended.values(ended_at=now)).rowcount == 1


def end_all(connection: Connection, staff_id: int, now: datetime, *, but: int | None = None) -> int:
    """End every session of a member, but perhaps one; how many."""
    s = staff_session.c
    ended = update(staff_session).where(s.staff_id == staff_id, s.ended_at.is_(None), s.id != (but or 0))
    return connection.execute(ended.values(ended_at=now)).rowcount


def forget(connection: Connection, seen_before: datetime) -> None:
    """Remove what has not been seen since; long over."""
    connection.execute(delete(staff_session).where(staff_session.c.seen_at < seen_before))


def _living(lifetimes: Lifetimes) -> Select[Any]:
    s = staff_session.c
    return select(staff_session).where(
        s.ended_at.is_(None), s.seen_at > lifetimes.seen_after, s.created_at > lifetimes.created_after
    )


def _session(row: Row[Any]) -> StaffSession:
    return StaffSession(row.id, row.staff_id, Stage(row.stage), row.client, row.created_at, row.seen_at)
