"""`botapp audit explain`, `as-of`, `silence`, `agree`: what the log has to say of one person, and of the tables."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress

from botapp.audit import verify as verifier
from botapp.bootstrap.foundation import PLATFORM
from botapp.bootstrap.log import Log
from botapp.commands import evidence_json
from botapp.compliance.agreement import Agreement, AgreementCheck
from botapp.compliance.as_of import standing_at
from botapp.compliance.explain import Explainer, Explanation
from botapp.compliance.export import EntriesGoneError, NothingSealedError
from botapp.compliance.signer import SigningRefusedError
from botapp.compliance.silence import SilenceProof, prove_silence
from botapp.settings import load_settings
from botapp.storage import accounts, contacts
from botapp.storage.contacts import Contact
from botapp.storage.standing import ContactId
from botapp.storage.times import from_microseconds

_LONGEST_NUMBER = 19  # digits of 64 bits
_LONGEST_INSTANT = 16  # digits of microseconds: some three hundred years


@click.command()
@click.argument("subject")
@click.option("--json", "as_json", is_flag=True, help="The stable form for scripts.")
def explain(subject: str, *, as_json: bool) -> None:
    """Say why something was sent or not, on what evidence, and what would have changed it.

    SUBJECT is CONTACT@TIME, or a re-engagement: CONTACT/MICROSECONDS of the interaction whose silence it was for. A
    CONTACT is ACCOUNT/CONTACT by our numbers, or PAGE_ID/PLATFORM_ID; a TIME like 2026-11-22T15:02Z.
    """
    installation = Log.of(load_settings())
    explainer = Explainer(installation.database, installation.house)
    with _nobody():
        found = _explained(installation, explainer, subject)
        _show(found.lines(), evidence_json.of_explanation(found) if as_json else None)


@click.command("as-of")
@click.argument("subject", metavar="CONTACT@TIME")
@click.option("--json", "as_json", is_flag=True, help="The stable form for scripts.")
def as_of(subject: str, *, as_json: bool) -> None:
    """Show how a contact stood at an instant: consent, noes, window, caps, from what was on record then."""
    installation = Log.of(load_settings())
    contact, at = _contact_at(installation, subject)
    with _nobody():
        found = standing_at(installation.database, installation.house, contact, at)
        _show(found.lines(), evidence_json.of_standing(found) if as_json else None)


@click.command()
@click.argument("named", metavar="CONTACT")
@click.option("--since", required=True, help="A time like 2026-11-22T15:02Z.")
@click.option("--out", "folder", type=click.Path(path_type=Path), help="Keep the bundle with the proofs there.")
@click.option("--json", "as_json", is_flag=True, help="The stable form for scripts.")
def silence(named: str, since: str, folder: Path | None, *, as_json: bool) -> None:
    """Prove that nothing was begun for a contact while a no of theirs was in force.

    Every entry of the contact is put into a bundle with its proof, and the bundle is verified as anybody would. Exit
    code 0 holds, 1 does not, 2 used wrongly.
    """
    if folder is not None and folder.exists():
        raise click.UsageError(f"{folder} exists; name a new folder")
    instant = _instant(since)
    installation = Log.of(load_settings())
    contact = named_contact(installation, named)
    with _nobody(), TemporaryDirectory() as kept_for_now:
        installation.sealer().seal()
        bundle = folder or Path(kept_for_now) / "bundle"
        installation.exporter().export_contact(bundle, installation.clock.now(), contact)
        proof = prove_silence(installation.database, installation.house, contact, instant)
        report = verifier.verify(verifier.open_bundle(bundle, None))
    kept_in = None if folder is None else str(folder)
    _show(_proved(proof, report, kept_in), evidence_json.of_silence(proof, report, kept_in) if as_json else None)
    sys.exit(0 if proof.holds and not report.broken else 1)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="The stable form for scripts.")
def agree(*, as_json: bool) -> None:
    """Check that the tables are what the log tells: the installation's, each page's and each contact's.

    Exit code 0 they agree, 1 they do not.
    """
    installation = Log.of(load_settings())
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Comparing contacts")
        found = AgreementCheck(installation.database, installation.house).run(
            lambda compared, total: bar.update(task, completed=compared, total=total)
        )
    _show(_agreed(found), evidence_json.of_agreement(found) if as_json else None)
    sys.exit(1 if found.differences else 0)


def _show(lines: Iterable[str], content: Mapping[str, Any] | None) -> None:
    """In words; or for scripts, where that was asked for."""
    for line in lines if content is None else [evidence_json.written(content)]:
        click.echo(line)


def _proved(proof: SilenceProof, report: verifier.Report, kept_in: str | None) -> Iterator[str]:
    yield from proof.lines()
    yield ""
    yield from (f"holds   {said}" for said in report.holds)
    yield from (f"BROKEN  {fault}" for fault in report.broken)
    if kept_in is not None:
        yield f"the proofs are in {kept_in}; verify them with: python3 {kept_in}/verify.py"


def _agreed(found: Agreement) -> Iterator[str]:
    yield from map(str, found.first)
    if found.differences > len(found.first):
        yield f"and {found.differences - len(found.first):,} more"
    verdict = "agree with the log" if not found.differences else f"differ from the log in {found.differences:,} places"
    yield f"the tables {verdict}: {found.pages:,} pages, {found.contacts:,} contacts, {found.entries:,} entries"


def _explained(installation: Log, explainer: Explainer, subject: str) -> Explanation:
    if "@" in subject:
        return explainer.at(*_contact_at(installation, subject))
    named, _, silence_at = subject.rpartition("/")
    if not _is_number(silence_at) or len(silence_at) > _LONGEST_INSTANT or "/" not in named:
        raise click.UsageError(f"{subject!r}: write CONTACT@TIME, or CONTACT/MICROSECONDS")
    return explainer.of_reengagement(named_contact(installation, named), from_microseconds(int(silence_at)))


def _contact_at(installation: Log, subject: str) -> tuple[ContactId, datetime]:
    named, separator, written = subject.rpartition("@")
    if not separator:
        raise click.UsageError(f"{subject!r}: write CONTACT@TIME")
    return named_contact(installation, named), _instant(written)


def _instant(written: str) -> datetime:
    """Without an offset it is UTC."""
    try:
        found = datetime.fromisoformat(written)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise click.UsageError(f"{written!r} is not a time; write it like 2026-11-22T15:02Z") from None


def named_contact(installation: Log, named: str) -> ContactId:
    """By our own numbers, which stay when a person is erased, or else by the platform's."""
    page, separator, person = named.partition("/")
    known: Contact | None = None
    with installation.database.reading() as connection:
        if _is_number(page) and _is_number(person):
            with suppress(LookupError):
                known = contacts.load_contact(connection, int(page), int(person))
        account = accounts.find_by_pages(connection, PLATFORM, [page]).get(page)
        if known is None and account is not None and separator:
            known = contacts.find_by_platform_id(connection, account.id, person)
    if known is None:
        raise click.UsageError(f"nobody is known as {named!r}; write ACCOUNT/CONTACT or PAGE_ID/PLATFORM_ID")
    return known.account_id, known.id


def _is_number(written: str) -> bool:
    """One that a database can look for."""
    return written.isascii() and written.isdecimal() and len(written) <= _LONGEST_NUMBER and int(written) < 1 << 63


@contextmanager
def _nobody() -> Iterator[None]:
    try:
        yield
    except LookupError as error:
        raise click.UsageError(str(error)) from None
    except (EntriesGoneError, NothingSealedError, SigningRefusedError) as error:
        raise click.ClickException(str(error)) from None
