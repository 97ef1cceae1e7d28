"""Sessions: who is behind a cookie, and the end of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from botapp.clock import Clock
from botapp.staff import tokens
from botapp.staff.record import record
from botapp.storage import staff, staff_sessions
from botapp.storage.engine import Database
from botapp.storage.ledger import EntryKind
from botapp.storage.staff import StaffMember
from botapp.storage.staff_sessions import Lifetimes, StaffSession, Stage

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
_HALF_WAY = timedelta(minutes=10)  # between the password and the code
_SEEN_AGAIN = timedelta(minutes=1)  # written no more often than that
_KEPT = timedelta(days=30)
_LONGEST_CLIENT = 200


@dataclass(frozen=True, slots=True)
class Visit:
    """A living session and whose it is."""

    session: StaffSession
    member: StaffMember

    @property
    def is_open(self) -> bool:
        """Whether the log-in is complete."""
        return self.session.stage is Stage.OPEN


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that has just begun; the token is told once, here."""

    token: str
    session_id: int
    stage: Stage


def begin(connection: Connection, staff_id: int, stage: Stage, client: str, now: datetime) -> Opened:
    """A session with a token of its own."""
    token = tokens.new_token()
    shown = "".join(character for character in client[:_LONGEST_CLIENT] if character.isprintable())
    session_id = staff_sessions.add(connection, tokens.hash_token(token), staff_id, stage, shown, now)
    staff_sessions.forget(connection, now - _KEPT)
    return Opened(token, session_id, stage)


@dataclass(frozen=True, slots=True)
class Sessions:
    """Looks sessions up and ends them."""

    database: Database
    clock: Clock

    def find(self, token: str) -> Visit | None:
        """The session of a cookie, if it lives and its member still has access."""
        now = self.clock.now()
        with self.database.reading() as connection:
            session = staff_sessions.find_living(connection, tokens.hash_token(token), _lifetimes(now))
            member = staff.find(connection, session.staff_id) if session else None
        if session is None or member is None or member.revoked_at is not None:
            return None
        if session.stage is not Stage.OPEN and now - session.created_at > _HALF_WAY:
            return None
        if now - session.seen_at > _SEEN_AGAIN:
            with self.database.transaction() as connection:
                staff_sessions.touch(connection, session.id, now)
        return Visit(session, member)

    def load_living(self, staff_id: int) -> list[StaffSession]:
        """A member's open sessions, the last seen first."""
        with self.database.reading() as connection:
            return staff_sessions.load_living(connection, staff_id, _lifetimes(self.clock.now()))

    def log_out(self, visit: Visit) -> None:
        """End the session by its owner's wish."""
        now, session = self.clock.now(), visit.session
        with self.database.transaction() as connection:
            if staff_sessions.end(connection, session.staff_id, session.id, now) and visit.is_open:
                record(connection, EntryKind.LOGGED_OUT, now, staff=session.staff_id, session=session.id)

    def revoke(self, staff_id: int, session_id: int, *, by: int) -> bool:
        """End somebody's session from elsewhere; False if that member has no such session that lives."""
        now = self.clock.now()
        with self.database.transaction() as connection:
            ended = staff_sessions.end(connection, staff_id, session_id, now)
            if ended:
                record(connection, EntryKind.SESSION_REVOKED, now, staff=staff_id, session=session_id, by=by)
        return ended

    def renew(self, visit: Visit) -> str:
        """After a change of what lets the member in: a new token for this session, the end of all others."""
        now, session = self.clock.now(), visit.session
        with self.database.transaction() as connection:
            revoke_all(connection, session.staff_id, by=session.staff_id, now=now)
            return begin(connection, session.staff_id, Stage.OPEN, session.client, now).token


def revoke_all(connection: Connection, staff_id: int, *, by: int, now: datetime) -> None:
    """End every session of a member; one entry tells how many."""
    ended = staff_sessions.end_all(connection, staff_id, now)
    if ended:
        record(connection, EntryKind.SESSION_REVOKED, now, staff=staff_id, sessions=ended, by=by)


def _lifetimes(now: datetime) -> Lifetimes:
    return Lifetimes(seen_after=now - IDLE, created_after=now - LONGEST)
