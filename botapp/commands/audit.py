"""`botapp audit`: seal, publish, export and verify the log."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from botapp.audit import verify as verifier
from botapp.bootstrap import PLATFORM, Installation
from botapp.compliance import export as exports
from botapp.compliance.export import EntriesGoneError, NothingSealedError
from botapp.compliance.signer import SigningRefusedError
from botapp.settings import load_settings
from botapp.storage import accounts, contacts, tree

_INSTANT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])


@click.group()
def audit() -> None:
    """The log: seal it, hand out checkpoints and bundles, verify them."""


@audit.command()
@click.option("--to", "directory", type=click.Path(file_okay=False, path_type=Path), help="Keep it there, by its size.")
def checkpoint(directory: Path | None) -> None:
    """Seal what is there and print the signed checkpoint.

    Keep it where nobody who could change the database can reach it: only such a copy proves later that nothing was
    changed since.
    """
    installation = Installation.of(load_settings())
    with _refusals():
        installation.sealer().seal()
    with installation.database.reading() as connection:
        last = tree.last_checkpoint(connection)
    if last is None:
        raise click.ClickException("nothing has happened yet, so there is nothing to sign")
    if directory is None:
        click.echo(last.note, nl=False)
        return
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"checkpoint-{last.size}"
    path.write_text(last.note, encoding="utf-8")
    click.echo(path)


@audit.command()
@click.option("--out", "folder", type=click.Path(path_type=Path), required=True, help="A new folder.")
@click.option("--from", "since", type=_INSTANT, help="UTC; from the last checkpoint before it.")
@click.option("--to", "until", type=_INSTANT, help="UTC; to the first checkpoint after it.")
@click.option("--contact", "named", help="PAGE_ID/PLATFORM_ID: the entries of one person, each with its proof.")
def export(folder: Path, since: datetime | None, until: datetime | None, named: str | None) -> None:
    """Write a bundle that anybody can verify: python3 FOLDER/verify.py"""
    if named and (since or until):
        raise click.UsageError("--contact takes all entries of the person; leave --from and --to out")
    if folder.exists():
        raise click.UsageError(f"{folder} exists; name a new folder")
    installation = Installation.of(load_settings())
    exporter, now = installation.exporter(), installation.clock.now()
    with _refusals():
        installation.sealer().seal()
        if named:
            count = exporter.export_contact(folder, now, _contact(installation, named))
        else:
            with _progress() as progress:
                count = exporter.export_log(folder, now, since=_utc(since), until=_utc(until), progress=progress)
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
    signer = Installation.of(load_settings()).signer
    if rotate:
        signer.add_key()
    if retire:
        signer.retire_old_keys()
    for key in signer.public_keys():
        click.echo(key)


def _contact(installation: Installation, named: str) -> tuple[int, int]:
    page_id, _, platform_contact_id = named.partition("/")
    with installation.database.reading() as connection:
        page = accounts.find_by_pages(connection, PLATFORM, [page_id]).get(page_id)
        found = contacts.find_by_platform_id(connection, page.id, platform_contact_id) if page else None
    if found is None:
        raise click.UsageError(f"nobody is known as {platform_contact_id!r} to a page {page_id!r}")
    return found.account_id, found.id


def _utc(instant: datetime | None) -> datetime | None:
    return instant.replace(tzinfo=UTC) if instant else None


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except (EntriesGoneError, NothingSealedError, SigningRefusedError) as error:
        raise click.ClickException(str(error)) from None


@contextmanager
def _progress() -> Iterator[exports.Progress]:
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Writing entries")
        yield lambda written, total: bar.update(task, completed=written, total=total)
