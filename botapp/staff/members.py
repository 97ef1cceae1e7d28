"""Who belongs to the staff: adding, inviting, changing rights, taking them away."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from sqlalchemy import Connection

from botapp.clock import Clock
from botapp.policy.access import ALL_PAGES, Grant, Role
from botapp.staff import tokens
from botapp.staff.names import read_name
from botapp.staff.record import record
from botapp.staff.sessions import revoke_all
from botapp.storage import staff, staff_invitations
from botapp.storage.engine import Database
from botapp.storage.ledger import EntryKind
from botapp.storage.staff_invitations import Purpose

INVITATION_LASTS = timedelta(days=3)
_LOG_IN_LASTS = timedelta(minutes=30)
_LONGEST_DISPLAY_NAME = 80


class Problem(Enum):
    """Why something was not done."""

    BAD_NAME = "A name has 2 to 100 letters, figures, dots or dashes, or is an e-mail address."
    BAD_DISPLAY_NAME = "Write one line of at most 80 characters as the name that others see."
    NAME_TAKEN = "Somebody has that name already."
    NO_ROLE = "Give them at least one role."
    LAST_ADMIN = "There would be no admin of all pages left."
    REVOKED = "Their access was revoked. Restore it first."


@dataclass(frozen=True, slots=True)
class Members:
    """Changes of the staff, each by somebody (`by`: a member's id, or COMMAND_LINE)."""

    database: Database
    clock: Clock

    def add(self, name: str, display_name: str, grants: Collection[Grant], *, by: int) -> int | Problem:
        """A new member, who cannot log in before they are invited; their id."""
        known_as, display_name = read_name(name), display_name.strip()
        if known_as is None:
            return Problem.BAD_NAME
        if not 0 < len(display_name) <= _LONGEST_DISPLAY_NAME or not display_name.isprintable():
            return Problem.BAD_DISPLAY_NAME
        if not grants:
            return Problem.NO_ROLE
        now = self.clock.now()
        with self.database.transaction() as connection:
            staff_id = staff.add(connection, known_as, display_name, now)
            if staff_id is None:
                return Problem.NAME_TAKEN
            staff.set_grants(connection, staff_id, grants)
            record(connection, EntryKind.STAFF_ADDED, now, staff=staff_id, by=by, grants=_told(grants))
        return staff_id

    def change_grants(self, staff_id: int, grants: Collection[Grant], *, by: int) -> Problem | None:
        """These roles and no others; their sessions end. LookupError if there is no such member."""
        if not grants:
            return Problem.NO_ROLE
        now = self.clock.now()
        with self.database.transaction() as connection:
            staff.lock_all(connection)
            before = staff.lock(connection, staff_id).grants
            if before == frozenset(grants):
                return None
            if not _is_admin(grants) and _is_last_admin(connection, staff_id):
                return Problem.LAST_ADMIN
            staff.set_grants(connection, staff_id, grants)
            told = {"changed": "grants", "grants": _told(grants), "before": _told(before)}
            record(connection, EntryKind.STAFF_CHANGED, now, staff=staff_id, by=by, **told)
            revoke_all(connection, staff_id, by=by, now=now)
        return None

    def revoke(self, staff_id: int, *, by: int) -> Problem | None:
        """No access any more: sessions end, links stop working. What they did stays on the record."""
        now = self.clock.now()
        with self.database.transaction() as connection:
            staff.lock_all(connection)
            if _is_last_admin(connection, staff_id):
                return Problem.LAST_ADMIN
            if staff.revoke(connection, staff_id, now):
                staff_invitations.withdraw(connection, staff_id)
                record(connection, EntryKind.STAFF_CHANGED, now, staff=staff_id, by=by, changed="revoked")
                revoke_all(connection, staff_id, by=by, now=now)
        return None

    def restore(self, staff_id: int, *, by: int) -> None:
        """Undo `revoke`. LookupError if there is no such member."""
        now = self.clock.now()
        with self.database.transaction() as connection:
            if staff.lock(connection, staff_id).revoked_at is not None:
                staff.restore(connection, staff_id)
                record(connection, EntryKind.STAFF_CHANGED, now, staff=staff_id, by=by, changed="restored")

    def invite(self, staff_id: int, *, by: int) -> str | Problem:
        """The token of a link with which they choose a password; older links of theirs stop working."""
        now = self.clock.now()
        with self.database.transaction() as connection:
            if staff.lock(connection, staff_id).revoked_at is not None:
                return Problem.REVOKED
            record(connection, EntryKind.STAFF_CHANGED, now, staff=staff_id, by=by, changed="invited")
            return _new_link(connection, staff_id, Purpose.INVITATION, now + INVITATION_LASTS)

    def reset(self, staff_id: int, *, by: int) -> str | Problem:
        """For a lost phone or password: both factors and all sessions go, and a new invitation is made."""
        now = self.clock.now()
        with self.database.transaction() as connection:
            if staff.lock(connection, staff_id).revoked_at is not None:
                return Problem.REVOKED
            staff.forget_credentials(connection, staff_id)
            record(connection, EntryKind.STAFF_CHANGED, now, staff=staff_id, by=by, changed="reset")
            revoke_all(connection, staff_id, by=by, now=now)
            return _new_link(connection, staff_id, Purpose.INVITATION, now + INVITATION_LASTS)

    def one_time_log_in(self, staff_id: int, *, by: int) -> str:
        """The token of a link that opens the console once, without a password: for the sandbox."""
        now = self.clock.now()
        with self.database.transaction() as connection:
            staff.lock(connection, staff_id)
            record(connection, EntryKind.STAFF_CHANGED, now, staff=staff_id, by=by, changed="one_time_link")
            return _new_link(connection, staff_id, Purpose.LOG_IN, now + _LOG_IN_LASTS)


def _new_link(connection: Connection, staff_id: int, purpose: Purpose, expires_at: datetime) -> str:
    token = tokens.new_token()
    staff_invitations.add(connection, tokens.hash_token(token), staff_id, purpose, expires_at)
    return token


def _is_last_admin(connection: Connection, staff_id: int) -> bool:
    admins = {m.id for m in staff.load_all(connection) if m.revoked_at is None and _is_admin(m.grants)}
    return admins == {staff_id}


def _is_admin(grants: Collection[Grant]) -> bool:
    return Grant(ALL_PAGES, Role.ADMIN) in grants


def _told(grants: Collection[Grant]) -> list[list[object]]:
    """As the record has it: pages by number (0: all) with the role."""
    return [[grant.account_id, grant.role.value] for grant in sorted(grants)]
