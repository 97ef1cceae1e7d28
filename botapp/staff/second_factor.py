"""One-time codes of an authenticator app (RFC 6238: 30 seconds, six figures), and recovery codes for its loss."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pyotp
from pyotp.utils import strings_equal

from botapp.channels.vault import Vault
from botapp.staff import tokens
from botapp.staff.record import record
from botapp.storage import staff
from botapp.storage.engine import Database
from botapp.storage.ledger import EntryKind
from botapp.storage.staff import StaffMember

_ISSUER = "botapp"
_STEP = timedelta(seconds=30)
_STEPS_APART = (0, -1, 1)  # how far the clocks may be from each other


def new_secret() -> str:
    """160 random bits, as authenticator apps read them."""
    return pyotp.random_base32()


def address(secret: str, name: str) -> str:
    """What the picture on the enrolment page tells the app."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=_ISSUER)


def find_step(secret: str, code: str, now: datetime) -> int | None:
    """The step whose code this is; None if it is of none near now."""
    totp = pyotp.TOTP(secret)
    typed = "".join(code.split())
    for apart in _STEPS_APART:
        at = now + apart * _STEP
        if strings_equal(totp.at(at), typed):
            return totp.timecode(at)
    return None


def enrol(
    database: Database, vault: Vault, member: StaffMember, secret: str, *, step: int, now: datetime
) -> Sequence[str]:
    """The member proved the secret with the code of that step. Returns their new recovery codes, to be shown once."""
    codes = tokens.new_recovery_codes()
    with database.transaction() as connection:
        staff.lock(connection, member.id)
        staff.set_second_factor(connection, member.id, vault.lock(secret), step)
        staff.replace_recovery_codes(connection, member.id, [tokens.hash_recovery_code(code) for code in codes])
        record(connection, EntryKind.STAFF_CHANGED, now, staff=member.id, by=member.id, changed="second_factor")
    return codes
