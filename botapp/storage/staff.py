"""Staff members, what they prove who they are with, and what they may do where."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update

from botapp.policy.access import Grant, Role
from botapp.storage import bulk
from botapp.storage.schema import staff, staff_grant, staff_recovery_code


@dataclass(frozen=True, slots=True)
class StaffMember:
    id: int
    name: str  # what they log in with: a name or an e-mail address, in small letters
    display_name: str
    password_hash: str | None
    totp_secret_encrypted: str | None
    created_at: datetime
    revoked_at: datetime | None
    grants: frozenset[Grant]


def add(connection: Connection, name: str, display_name: str, created_at: datetime) -> int | None:
    """A new member; their id, or None where the name is taken."""
    values = {"name": name, "display_name": display_name, "created_at": created_at}
    if not bulk.insert_new(connection, staff, [values], key=("name",)):
        return None
    return int(connection.execute(select(staff.c.id).where(staff.c.name == name)).scalar_one())


def find_by_name(connection: Connection, name: str) -> StaffMember | None:
    """Also one whose access was revoked."""
    row = connection.execute(select(staff).where(staff.c.name == name)).first()
    return _member(connection, row) if row else None


def find(connection: Connection, staff_id: int) -> StaffMember | None:
    row = connection.execute(select(staff).where(staff.c.id == staff_id)).first()
    return _member(connection, row) if row else None


def lock(connection: Connection, staff_id: int) -> StaffMember:
    """The member, held for a change. LookupError if there is none."""
    row = connection.execute(select(staff).where(staff.c.id == staff_id).with_for_update()).first()
    if row is None:
        raise LookupError("no such staff member")
    return _member(connection, row)


def load_all(connection: Connection) -> list[StaffMember]:
    """By name; those whose access was revoked too."""
    grants: dict[int, set[Grant]] = {}
    for row in connection.execute(select(staff_grant)):
        grants.setdefault(row.staff_id, set()).add(Grant(row.account_id, Role(row.role)))
    rows = connection.execute(select(staff).order_by(staff.c.name))
    return [_with_grants(row, frozenset(grants.get(row.id, ()))) for row in rows]


def lock_all(connection: Connection) -> None:
    """Hold everybody, in one order, for a change that must leave somebody in charge."""
    connection.execute(select(staff.c.id).order_by(staff.c.id).with_for_update()).all()


def count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(staff)).scalar_one()


def set_grants(connection: Connection, staff_id: int, grants: Iterable[Grant]) -> None:
    """These and no others."""
    connection.execute(delete(staff_grant).where(staff_grant.c.staff_id == staff_id))
    rows = [{"staff_id": staff_id, "account_id": g.account_id, "role": g.role.value} for g in sorted(grants)]
    bulk.insert(connection, staff_grant, rows)


def set_password(connection: Connection, staff_id: int, password_hash: str) -> None:
    _change(connection, staff_id, password_hash=password_hash)


def set_second_factor(connection: Connection, staff_id: int, secret_encrypted: str, step: int) -> None:
    """The secret, and the step of the code that proved it: that one is spent."""
    _change(connection, staff_id, totp_secret_encrypted=secret_encrypted, totp_step=step)


def take_totp_step(connection: Connection, staff_id: int, step: int) -> bool:
    """Spend the code of a step (30 s); False if it or a later one was spent before."""
    s = staff.c
    spent = update(staff).where(s.id == staff_id, s.totp_step.is_(None) | (s.totp_step < step)).values(totp_step=step)
    return connection.execute(spent).rowcount == 1


def forget_credentials(connection: Connection, staff_id: int) -> None:
    """Password, second factor and recovery codes."""
    _change(connection, staff_id, password_hash=None, totp_secret_encrypted=None, totp_step=None)
    replace_recovery_codes(connection, staff_id, ())


def revoke(connection: Connection, staff_id: int, now: datetime) -> bool:
    """Take all access away; False if it was taken before."""
    taken = update(staff).where(staff.c.id == staff_id, staff.c.revoked_at.is_(None)).values(revoked_at=now)
    return connection.execute(taken).rowcount == 1


def restore(connection: Connection, staff_id: int) -> None:
    _change(connection, staff_id, revoked_at=None)


def replace_recovery_codes(connection: Connection, staff_id: int, code_hashes: Iterable[str]) -> None:
    """These and no others."""
    connection.execute(delete(staff_recovery_code).where(staff_recovery_code.c.staff_id == staff_id))
    bulk.insert(connection, staff_recovery_code, [{"staff_id": staff_id, "code_hash": code} for code in code_hashes])


def take_recovery_code(connection: Connection, staff_id: int, code_hash: str) -> bool:
    """Spend a code; False if there is no such code, or no longer."""
    c = staff_recovery_code.c
    spent = delete(staff_recovery_code).where(c.staff_id == staff_id, c.code_hash == code_hash)
    return connection.execute(spent).rowcount == 1


def count_recovery_codes(connection: Connection, staff_id: int) -> int:
    c = staff_recovery_code.c
    return connection.execute(
        select(func.count()).select_from(staff_recovery_code).where(c.staff_id == staff_id)
    ).scalar_one()


def _change(connection: Connection, staff_id: int, **values: object) -> None:
    connection.execute(update(staff).where(staff.c.id == staff_id).values(**values))


def _member(connection: Connection, row: Row[Any]) -> StaffMember:
    found = connection.execute(select(staff_grant).where(staff_grant.c.staff_id == row.id))
    return _with_grants(row, frozenset(Grant(g.account_id, Role(g.role)) for g in found))


def _with_grants(row: Row[Any], grants: frozenset[Grant]) -> StaffMember:
    return StaffMember(
        id=row.id,
        name=row.name,
        display_name=row.display_name,
        password_hash=row.password_hash,
        totp_secret_encrypted=row.totp_secret_encrypted,
        created_at=row.created_at,
        revoked_at=row.revoked_at,
        grants=grants,
    )
