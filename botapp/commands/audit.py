"""`botapp audit`: seal, publish, export and verify the log."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from botapp.audit import verify as verifier
from botapp.bootstrap.foundation import PLATFORM
from botapp.bootstrap.log import Log
from botapp.commands.acting import acting_staff, staff_option
from botapp.compliance import export as exports
from botapp.compliance.check_live import LiveCheck, LiveReport
from botapp.compliance.export import EntriesGoneError, NothingSealedError
from botapp.compliance.export_record import Export
from botapp.compliance.promises import Kept, PromiseCheck
from botapp.compliance.publish import Directory, Place, PublishError, Url
from botapp.compliance.signer import SigningRefusedError
from botapp.setting_values import check_checkpoint_url
from botapp.settings import load_settings
from botapp.storage import accounts, contacts, tree

_INSTANT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])


@click.group()
def audit() -> None:
    """The log: seal it, hand out checkpoints and bundles, verify them."""


@audit.command()
@click.option("--to", "where", help="A directory or an https address; without it, the screen.")
def checkpoint(where: str | None) -> None:
    """Seal what is there and print or publish the signed checkpoint.

    Keep it where nobody who could change the database can reach it: only such a copy proves later that nothing was
    changed since.
    """
    installation = Log.of(load_settings())
    with _refusals():
        installation.sealer().seal()
        with installation.database.reading() as connection:
            last = tree.last_checkpoint(connection)
        if last is None:
            raise click.ClickException("nothing has happened yet, so there is nothing to sign")
        if where is None:
            click.echo(last.note, nl=False)
        else:
            click.echo(installation.publisher().publish(_place(installation, where), last))


@audit.command()
@click.option("--checkpoint", "kept", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="A checkpoint that you kept; may be given several times.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="The stable form for scripts.")
def check(kept: tuple[Path, ...], *, as_json: bool) -> None:
    """Check the live log: every stored entry against the tree, the checkpoints and the signer's memory.

    Then it is replayed as a bundle is, to see whether a promise was broken.

    Who could have rewritten all of these is found out by a checkpoint that was kept out of their reach: give it with
    --checkpoint. Exit code 0 holds, 1 does not.
    """
    installation = Log.of(load_settings())
    notes = [path.read_text(encoding="utf-8", errors="replace") for path in kept]
    with _progress("Checking entries") as progress:
        report = LiveCheck(installation.database, installation.signer, notes).run(progress)
    promises = None
    if report.holds:
        with _progress("Replaying entries") as progress:
            replay = PromiseCheck(installation.database, lambda replayed: progress(replayed, report.entries))
            promises = replay.run()
    fault = report.fault or (promises and promises.fault)
    click.echo(json.dumps(_checked_json(report, promises)) if as_json else _checked(report, promises))
    sys.exit(1 if fault else 0)


def _checked(report: LiveReport, promises: Kept | None) -> str:
    if promises is None:
        return f"BROKEN: {report.fault}"
    if promises.fault is not None:
        return f"BROKEN: {promises.fault}"
    judged = f"{promises.judged:,} of {promises.begun:,} messages begun"
    return (
        f"holds: {report.entries:,} entries are those that {report.checkpoints:,} checkpoints sign\n"
        f"holds: no promise was broken in the {judged} that can be judged"
    )


def _checked_json(report: LiveReport, promises: Kept | None) -> dict[str, object]:
    """Without figures of the replay where the log is not as it was signed: then what it tells says nothing."""
    found: dict[str, object] = {"entries": report.entries, "checkpoints": report.checkpoints, "fault": report.fault}
    if promises is not None:
        found |= {"begun": promises.begun, "judged": promises.judged, "fault": promises.fault}
    return {"holds": found["fault"] is None, **found}


@audit.command()
@click.option("--out", "folder", type=click.Path(path_type=Path), required=True, help="A new folder.")
@click.option("--from", "since", type=_INSTANT, help="UTC; from the last checkpoint before it.")
@click.option("--to", "until", type=_INSTANT, help="UTC; to the first checkpoint after it.")
@click.option("--contact", "named", help="PAGE_ID/PLATFORM_ID: the entries of one person, each with its proof.")
@staff_option
def export(folder: Path, since: datetime | None, until: datetime | None, named: str | None, acting: str | None) -> None:
    """Write a bundle that anybody can verify: python3 FOLDER/verify.py"""
    if named and (since or until):
        raise click.UsageError("--contact takes all entries of the person; leave --from and --to out")
    if folder.exists():
        raise click.UsageError(f"{folder} exists; name a new folder")
    installation = Log.of(load_settings())
    by, contact = acting_staff(installation, acting), _contact(installation, named) if named else None
    exporter, now = installation.exporter(), installation.clock.now()
    with _refusals():
        installation.sealer().seal()
        whose = {"account": contact[0], "contact": contact[1]} if contact else {}
        record = Export(installation.database, by, {"form": "bundle", **whose})
        record.begin()
        with record.until_its_end(), _progress("Writing entries") as progress:
            if contact:
                count = exporter.export_contact(folder, now, contact)
            else:
                count = exporter.export_log(folder, now, since=_utc(since), until=_utc(until), progress=progress)
            record.entries = count
    click.echo(f"{count:,} entries in {folder}; verify them with: python3 {folder}/verify.py")


@audit.command()
@click.argument("bundle", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--key", help="The log's public key, from somewhere else than the bundle.")
@click.option("--json", "as_json", is_flag=True, help="The stable form for scripts.")
def verify(bundle: Path, key: str | None, as_json: bool) -> None:
    """Verify a bundle with the program that travels in every bundle. Exit code 0 holds, 1 does not, 2 used wrongly."""
    options = [*(["--key", key] if key else []), *(["--json"] if as_json else [])]
    sys.exit(verifier.main([str(bundle), *options]))


@audit.command()
@click.option("--rotate", is_flag=True, help="Make a new key; both sign until the old one is retired.")
@click.option("--retire", is_flag=True, help="Sign with the newest key only.")
def keys(rotate: bool, retire: bool) -> None:
    """Print the log's public keys, one a line. Publish them where people who check bundles will look."""
    signer = Log.of(load_settings()).signer
    if rotate:
        signer.add_key()
    if retire:
        signer.retire_old_keys()
    for key in signer.public_keys():
        click.echo(key)


def _contact(installation: Log, named: str) -> tuple[int, int]:
    page_id, _, platform_contact_id = named.partition("/")
    with installation.database.reading() as connection:
        page = accounts.find_by_pages(connection, PLATFORM, [page_id]).get(page_id)
        found = contacts.find_by_platform_id(connection, page.id, platform_contact_id) if page else None
    if found is None:
        raise click.UsageError(f"nobody is known as {platform_contact_id!r} to a page {page_id!r}")
    return found.account_id, found.id


def _place(installation: Log, where: str) -> Place:
    if "://" not in where:
        return Directory(Path(where))
    try:
        return Url(check_checkpoint_url(where), installation.clock)
    except ValueError as error:
        raise click.UsageError(f"the address {error}") from None


def _utc(instant: datetime | None) -> datetime | None:
    return instant.replace(tzinfo=UTC) if instant else None


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except (EntriesGoneError, NothingSealedError, SigningRefusedError, PublishError) as error:
        raise click.ClickException(str(error)) from None


@contextmanager
def _progress(doing: str) -> Iterator[exports.Progress]:
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(doing)
        yield lambda written, total: bar.update(task, completed=written, total=total)
