"""Links that let a staff member in once: to choose a password, or straight into the sandbox's console."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, delete, insert, select, update

from botapp.storage.schema import staff_invitation


class Purpose(StrEnum):
    INVITATION = "invitation"
    LOG_IN = "log_in"


def add(connection: Connection, token_hash: str, staff_id: int, purpose: Purpose, expires_at: datetime) -> None:
    """A new link; the member's older ones work no longer."""
    connection.execute(delete(staff_invitation).where(staff_invitation.c.staff_id == staff_id))
    values = {"token_hash": token_hash, "staff_id": staff_id, "purpose": purpose.value, "expires_at": expires_at}
    connection.execute(insert(staff_invitation).values(**values))


def find_usable(connection: Connection, token_hash: str, now: datetime) -> tuple[int, Purpose] | None:
    """Whose it is, and for what; None if it was used, has expired, or never was."""
    i = staff_invitation.c
    found = select(i.staff_id, i.purpose).where(i.token_hash == token_hash, i.used_at.is_(None), i.expires_at > now)
    row = connection.execute(found).first()
    return (row.staff_id, Purpose(row.purpose)) if row else None


def use(connection: Connection, token_hash: str, now: datetime) -> bool:
    """Use it up; False if somebody was quicker, or it has expired."""
    i = staff_invitation.c
    used = update(staff_invitation).where(i.token_hash == token_hash, i.used_at.is_(None), i.expires_at > now)
    return connection.execute(used.values(used_at=now)).rowcount == 1


def withdraw(connection: Connection, staff_id: int) -> None:
    """The member's links work no longer."""
    connection.execute(delete(staff_invitation).where(staff_invitation.c.staff_id == staff_id))
