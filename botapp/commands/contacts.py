"""`botapp contact erase`, `export`, `requests` and `close`: what people may ask of us about their data."""

import time
from pathlib import Path
from typing import TextIO

import click

from botapp.bootstrap.log import Log
from botapp.commands.accounts import contact
from botapp.commands.acting import acting_staff, staff_option
from botapp.commands.evidence import named_contact
from botapp.compliance import handle_request
from botapp.compliance.erasure import Eraser, Erasure
from botapp.compliance.own_data import OwnData, load_own_data
from botapp.compliance.own_data_page import own_data_page
from botapp.compliance.signer import SigningRefusedError
from botapp.settings import load_settings
from botapp.storage import contacts, ledger, privacy_requests, scrubbing
from botapp.storage.ledger import Entry, EntryKind
from botapp.storage.standing import ContactId

__all__ = ["contact"]

_PATIENCE_SECONDS = 30.0
_LOOK_AGAIN_SECONDS = 0.25
_SCRUB_TRIES = 20
_STAFF = "staff"
_WHY_NOT = {
    Erasure.ON_THE_WIRE: "a message to them is on its way; try again in a minute",
    Erasure.ANSWER_OWED: "an answer to them has not gone out; try again in a minute",
    Erasure.NOT_SEALED: "the log could not be sealed; run: botapp audit checkpoint",
}


@contact.command("erase")
@click.argument("named", nargs=-1)
@click.option("--from", "listed", type=click.File(encoding="utf-8", errors="replace"),
              help="A file with one contact a line; '-' reads stdin.")  # fmt: skip
@click.option("--request", "code", help="The code of the request that this answers; it is closed.")
@click.option("--yes", is_flag=True, help="Do not ask whether you are sure.")
@staff_option
def contact_erase(
    named: tuple[str, ...], listed: TextIO | None, code: str | None, yes: bool, acting: str | None
) -> None:
    """Delete what is known of contacts, each written ACCOUNT/CONTACT or PAGE_ID/PLATFORM_ID. It cannot be undone.

    Every identity that is linked to them is erased with them. The log stays verifiable, and a STOP goes on holding.
    """
    wanted = [*named, *(line.strip() for line in listed or () if line.strip())]
    if not wanted:
        raise click.UsageError("name a contact, or a file with --from")
    if code and len(wanted) > 1:
        raise click.UsageError("--request answers for one contact")
    installation = Log.of(load_settings())
    by = acting_staff(installation, acting)
    found = [named_contact(installation, each) for each in wanted]
    if not yes:
        click.confirm(f"Delete for good what is known of {len(found):,}?", abort=True)
    erased = [_erase(installation, each, name, by) for each, name in zip(found, wanted, strict=True)]
    if code:
        _close(installation, code, privacy_requests.DONE, by)
    if not _scrub(installation):
        raise click.ClickException("they are erased, but the ticker still has to clear away what that left behind")
    click.echo(f"erased {sum(erased):,}, erased before {len(erased) - sum(erased):,}")


@contact.command("export")
@click.argument("named")
@click.option("--out", "folder", type=click.Path(path_type=Path), required=True, help="A new folder.")
@staff_option
def contact_export(named: str, folder: Path, acting: str | None) -> None:
    """Write all that is known of a contact: my-data.json for programs, my-data.html for people (GDPR 15 and 20)."""
    if folder.exists():
        raise click.UsageError(f"{folder} exists; name a new folder")
    installation = Log.of(load_settings())
    by = acting_staff(installation, acting)
    data = _export(installation, named_contact(installation, named), by)
    if data is None:
        raise click.ClickException("nothing is known of this contact any more: they were erased")
    folder.mkdir(parents=True)
    (folder / "my-data.json").write_text(data.as_json(), encoding="utf-8")
    (folder / "my-data.html").write_text(own_data_page(data, "my-data.json"), encoding="utf-8")
    click.echo(folder)


@contact.command("requests")
@click.option("--all", "everything", is_flag=True, help="Those that are closed, too.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
def contact_requests(everything: bool, limit: int) -> None:
    """What people asked about their data, and until when it must be answered; the nearest due first."""
    with Log.of(load_settings()).database.reading() as connection:
        listing = privacy_requests.list_all if everything else privacy_requests.list_open
        found = listing(connection, limit)
    for request in found:
        whose = f"{request.account_id}/{request.contact_id}" if request.contact else "not known"
        due = f"due {request.due_at:%Y-%m-%d}"
        click.echo(f"{request.confirmation_code}\t{request.kind}\t{request.origin}\t{request.state}\t{due}\t{whose}")


@contact.command("close")
@click.argument("code")
@click.option("--nobody", is_flag=True, help="We know nobody whom it could concern.")
@staff_option
def contact_close(code: str, nobody: bool, acting: str | None) -> None:
    """Close a request that was answered in another way."""
    installation = Log.of(load_settings())
    by = acting_staff(installation, acting)
    _close(installation, code, privacy_requests.NOBODY_KNOWN if nobody else privacy_requests.DONE, by)
    click.echo("closed")


def _erase(installation: Log, found: ContactId, name: str, by: int) -> bool:
    """True if somebody was erased now; False if that was done before."""
    eraser, deadline = installation.eraser(), time.monotonic() + _PATIENCE_SECONDS
    while True:
        result = _sealed_and_erased(installation, eraser, found, by)
        if result in (Erasure.ERASED, Erasure.ERASED_BEFORE):
            return result is Erasure.ERASED
        if time.monotonic() > deadline:
            raise click.ClickException(f"{name}: {_WHY_NOT[result]}")
        time.sleep(_LOOK_AGAIN_SECONDS)


def _sealed_and_erased(installation: Log, eraser: Eraser, found: ContactId, by: int) -> Erasure:
    result = eraser.erase(found, _STAFF, by=by)
    if result is not Erasure.NOT_SEALED:
        return result
    try:
        installation.sealer().seal()
    except SigningRefusedError as error:
        raise click.ClickException(str(error)) from None
    return eraser.erase(found, _STAFF, by=by)


def _scrub(installation: Log) -> bool:
    for _ in range(_SCRUB_TRIES):
        if scrubbing.scrub(installation.database):
            return True
        time.sleep(_LOOK_AGAIN_SECONDS)
    return False


def _export(installation: Log, found: ContactId, by: int) -> OwnData | None:
    """What is known, with an entry that it was taken out."""
    with installation.database.transaction() as connection:
        held, now = contacts.lock_contact(connection, *found), installation.database.now(connection)
        data = load_own_data(connection, found, now)
        if data is not None:
            entry = Entry(EntryKind.DATA_EXPORTED, occurred_at=now, details={"by": _STAFF, "staff": by})
            ledger.append(connection, held, [entry], now)
            privacy_requests.close_of_contact(connection, found, [privacy_requests.ACCESS], now)
    return data


def _close(installation: Log, code: str, state: str, by: int) -> None:
    if not handle_request.close_otherwise(installation.database, code, state, by):
        with installation.database.reading() as connection:
            known = privacy_requests.find(connection, code)
            if known is None:
                raise click.UsageError(f"there is no request {code!r}")
