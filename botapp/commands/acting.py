"""Who acts at the command line: a staff member who says so, or whoever may run commands on the host."""

import click

from botapp.bootstrap.foundation import Foundation
from botapp.staff.names import read_name
from botapp.staff.record import COMMAND_LINE
from botapp.storage import staff

staff_option = click.option(
    "--staff",
    "acting",
    metavar="NAME",
    help="Who you are among the staff; it goes on the record. Without it: the operator at the command line.",
)


def acting_staff(installation: Foundation, name: str | None) -> int:
    """Their number for the record, by the name they log in with. UsageError unless they may log in, or were invited."""
    if name is None:
        return COMMAND_LINE
    known = read_name(name)
    with installation.database.reading() as connection:
        member = staff.find_by_name(connection, known) if known else None
    if member is None or member.revoked_at is not None:
        raise click.UsageError(f"there is nobody called {name!r} among the staff; see: botapp staff list")
    return member.id
