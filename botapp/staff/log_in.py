"""Logging in: with a password, then a code; with a link; or by way of another house's log-in."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from botapp.channels.vault import Vault
from botapp.clock import Clock
from botapp.policy.access import needs_second_factor
from botapp.staff import second_factor, sessions, tokens
from botapp.staff.delays import Delays, Origin
from botapp.staff.names import read_name
from botapp.staff.passwords import Passwords
from botapp.staff.record import NOBODY, record, record_log_in, record_refusal
from botapp.staff.sessions import Opened, Visit
from botapp.storage import staff, staff_invitations, staff_sessions
from botapp.storage.engine import Database
from botapp.storage.ledger import EntryKind
from botapp.storage.staff import StaffMember
from botapp.storage.staff_invitations import Purpose
from botapp.storage.staff_sessions import Stage

_JUST_NOW = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Refused:
    """No. The same whether the name, the password or the code was wrong."""

    wait_until: datetime | None = None  # nothing was looked at: try again then


@dataclass(frozen=True, slots=True)
class LogIn:
    """The ways in."""

    database: Database
    clock: Clock
    vault: Vault
    passwords: Passwords
    delays: Delays
    demands_second_factor: bool  # of the roles that change or prove something
    allows_one_time_links: bool  # only over the sandbox, where nobody's words are at stake

    def with_password(self, name: str, password: str, origin: Origin) -> Opened | Refused:
        """The first factor. What opens may be half a session: see its stage."""
        now = self.clock.now()
        buckets = self.delays.buckets(name, origin)
        with self.database.reading() as connection:
            if until := self.delays.wait(connection, buckets, now):
                return Refused(until)
        with self.database.transaction() as connection:
            member = _find(connection, name)
            if until := self.delays.attempt(connection, buckets, now):
                record_refusal(connection, member.id if member else NOBODY, now)
                return Refused(until)
        checked = member.password_hash if member and member.revoked_at is None else None
        is_right = self.passwords.matches(checked, password)  # slow on purpose, so in no transaction
        is_outdated = checked is not None and is_right and self.passwords.is_outdated(checked)
        renewed = self.passwords.hash(password) if is_outdated else None
        with self.database.transaction() as connection:
            held = staff.lock(connection, member.id) if member and is_right else None
            if held is None or held.password_hash != checked or held.revoked_at is not None:
                record_refusal(connection, member.id if member else NOBODY, now)
                return Refused()
            self.delays.forgive(connection, buckets, now)
            if renewed:
                staff.set_password(connection, held.id, renewed)
            return self._after_password(connection, held, origin.client, now)

    def with_code(self, visit: Visit, code: str, client: str) -> Opened | Refused:
        """The second factor: a code of the app, or a recovery code. Each is taken once."""
        now, member = self.clock.now(), visit.member
        buckets = self.delays.buckets_of_codes(member.id)
        with self.database.transaction() as connection:
            if until := self.delays.attempt(connection, buckets, now):
                record_refusal(connection, member.id, now)
                return Refused(until)
            method = self._take_code(connection, member, code, now)
            # Of two answers at once with two right codes one session comes out: the half one ends once.
            if method is None or not staff_sessions.end(connection, member.id, visit.session.id, now):
                record_refusal(connection, member.id, now)
                return Refused()
            self.delays.forgive(connection, buckets, now)
            return self._open(connection, member.id, method, client, now)

    def after_enrolment(self, visit: Visit, client: str) -> Opened | Refused:
        """The member has just set up the second factor that the log-in was waiting for."""
        now, member = self.clock.now(), visit.member
        with self.database.transaction() as connection:
            if not staff_sessions.end(connection, member.id, visit.session.id, now):
                return Refused()  # the half session was ended meanwhile
            return self._open(connection, member.id, "password_and_enrolment", client, now)

    def is_really(self, visit: Visit, password: str, origin: Origin) -> bool:
        """Asked again before a change of what lets the member in, because sessions get stolen.

        Who has no password (they come by way of another house) has to have logged in just now.
        """
        member, now = visit.member, self.clock.now()
        if member.password_hash is None:
            return now - visit.session.created_at <= _JUST_NOW
        buckets = self.delays.buckets(member.name, origin)
        with self.database.transaction() as connection:
            if self.delays.attempt(connection, buckets, now):
                return False
        if not self.passwords.matches(member.password_hash, password):
            return False
        with self.database.transaction() as connection:
            self.delays.forgive(connection, buckets, now)
        return True

    def change_password(self, member: StaffMember, password: str) -> None:
        """To one that was checked. The caller renews the session."""
        now, password_hash = self.clock.now(), self.passwords.hash(password)
        with self.database.transaction() as connection:
            staff.set_password(connection, member.id, password_hash)
            record(connection, EntryKind.STAFF_CHANGED, now, staff=member.id, by=member.id, changed="password")

    def find_invited(self, token: str) -> tuple[StaffMember, Purpose] | None:
        """Whom a link lets in, and how; None if it was used, has expired, or never was."""
        with self.database.reading() as connection:
            found = staff_invitations.find_usable(connection, tokens.hash_token(token), self.clock.now())
            member = staff.find(connection, found[0]) if found else None
        return (member, found[1]) if member and found and member.revoked_at is None else None

    def with_invitation(self, token: str, password: str, client: str) -> Opened | Refused:
        """The member chose a password (which was checked). Their second factor, where they have one, is still asked."""
        now, password_hash = self.clock.now(), self.passwords.hash(password)
        with self.database.transaction() as connection:
            member = self._use(connection, token, Purpose.INVITATION, now)
            if member is None:
                return Refused()
            staff.set_password(connection, member.id, password_hash)
            record(connection, EntryKind.STAFF_CHANGED, now, staff=member.id, by=member.id, changed="password")
            sessions.revoke_all(connection, member.id, by=member.id, now=now)
            return self._after_password(connection, member, client, now)

    def with_one_time_link(self, token: str, client: str) -> Opened | Refused:
        """Straight in, without a password."""
        now = self.clock.now()
        if not self.allows_one_time_links:
            return Refused()
        with self.database.transaction() as connection:
            member = self._use(connection, token, Purpose.LOG_IN, now)
            return self._open(connection, member.id, "one_time_link", client, now) if member else Refused()

    def with_sign_on(self, email: str, client: str) -> Opened | Refused:
        """The other house says who it is, and answers for the second factor. Only members that we know come in."""
        now = self.clock.now()
        with self.database.transaction() as connection:
            member = _find(connection, email)
            if member is None or member.revoked_at is not None:
                record_refusal(connection, member.id if member else NOBODY, now)
                return Refused()
            return self._open(connection, member.id, "single_sign_on", client, now)

    def _use(self, connection: Connection, token: str, purpose: Purpose, now: datetime) -> StaffMember | None:
        token_hash = tokens.hash_token(token)
        found = staff_invitations.find_usable(connection, token_hash, now)
        if found is None or found[1] is not purpose or not staff_invitations.use(connection, token_hash, now):
            return None
        member = staff.lock(connection, found[0])
        return member if member.revoked_at is None else None

    def _after_password(self, connection: Connection, member: StaffMember, client: str, now: datetime) -> Opened:
        if member.totp_secret_encrypted is not None:
            return sessions.begin(connection, member.id, Stage.SECOND_FACTOR, client, now)
        if self.demands_second_factor and needs_second_factor(member.grants):
            return sessions.begin(connection, member.id, Stage.ENROLMENT, client, now)
        return self._open(connection, member.id, "password", client, now)

    def _take_code(self, connection: Connection, member: StaffMember, code: str, now: datetime) -> str | None:
        """How it was right; None if it was not."""
        if member.totp_secret_encrypted is None:
            return None
        step = second_factor.find_step(self.vault.open(member.totp_secret_encrypted), code, now)
        if step is not None:
            return "password_and_code" if staff.take_totp_step(connection, member.id, step) else None
        if staff.take_recovery_code(connection, member.id, tokens.hash_recovery_code(code)):
            return "password_and_recovery_code"
        return None

    def _open(self, connection: Connection, staff_id: int, method: str, client: str, now: datetime) -> Opened:
        opened = sessions.begin(connection, staff_id, Stage.OPEN, client, now)
        record_log_in(connection, staff_id, opened.session_id, method, now)
        return opened


def _find(connection: Connection, typed: str) -> StaffMember | None:
    name = read_name(typed)
    return staff.find_by_name(connection, name) if name else None
