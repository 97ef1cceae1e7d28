"""`botapp contact suppress` and `suppressions`: lists of people who do not want to hear from us, in and out."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO, TextIO

import click
from rich.console import Console
from rich.progress import Progress

from botapp.bootstrap.foundation import Foundation
from botapp.commands.acting import acting_staff, staff_option
from botapp.commands.pages import chosen_page, needed_page_option
from botapp.compliance.export_record import Export
from botapp.compliance.suppression_export import write_noes
from botapp.compliance.suppression_file import ListError, read_noes
from botapp.compliance.suppression_import import Became, Reported, SuppressionImport
from botapp.settings import load_settings


@click.command("suppress")
@click.argument("file", type=click.File("rb"))
@needed_page_option
@click.option("--dry-run", is_flag=True, help="Say what would become of each line; nothing is changed.")
@click.option("--report", type=click.File("w"), help="A line of JSON for each line of the list; '-' is stdout.")
@staff_option
def contact_suppress(file: BinaryIO, page_id: str, dry_run: bool, report: TextIO | None, acting: str | None) -> None:
    """Take in a CSV list of people who do not want to hear from a page; '-' reads stdin.

    Its first line names the columns: contact, and scope, until and at where there are such. A list only adds noes, and
    taken twice it changes nothing the second time. Exit 1 if a line does not fit; the others are taken all the same.
    """
    installation = Foundation.of(load_settings())
    by = acting_staff(installation, acting)
    page = chosen_page(installation, page_id)
    counts: Counter[Became] = Counter()
    taking = SuppressionImport(installation.database, installation.tombstone_key, page, by)
    try:
        with Progress(console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("lines", total=None)
            for reported in taking.take(read_noes(_decoded(file)), dry_run=dry_run):
                counts[reported.status] += 1
                progress.update(task, completed=reported.line)
                if report is not None:
                    report.write(f"{json.dumps(_told(reported))}\n")
                elif reported.detail:
                    click.echo(f"line {reported.line}: {reported.detail}", err=True)
    except ListError as error:
        raise click.ClickException(str(error)) from None
    would = "would be " if dry_run else ""
    click.echo(f"{would}{', '.join(f'{status} {number:,}' for status, number in sorted(counts.items())) or 'empty'}")
    if counts[Became.DOES_NOT_FIT]:
        raise click.exceptions.Exit(1)


@click.command("suppressions")
@needed_page_option
@click.option("--out", type=click.File("wb"), default="-", help="A file; stdout without it.")
@staff_option
def contact_suppressions(page_id: str, out: BinaryIO, acting: str | None) -> None:
    """Write the noes of a page in force as a CSV list, as `suppress` reads it. It is on record."""
    installation = Foundation.of(load_settings())
    by = acting_staff(installation, acting)
    page = chosen_page(installation, page_id)
    export = Export(installation.database, by, {"form": "suppressions", "accounts": [page.id]})
    export.begin()
    with export.until_its_end():
        for number, part in write_noes(installation.database, page.id):
            export.entries += number
            out.write(part)


def _decoded(file: BinaryIO) -> Iterator[str]:
    """What is no UTF-8 does not fit, line by line."""
    return (line.decode("utf-8-sig" if number == 0 else "utf-8", "replace") for number, line in enumerate(file))


def _told(reported: Reported) -> dict[str, object]:
    told = {"line": reported.line, "status": reported.status.value, "detail": reported.detail}
    return {name: value for name, value in told.items() if value is not None}
