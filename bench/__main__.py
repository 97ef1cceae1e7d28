"""`python -m bench`, run by `make bench`; docs/performance.md tells more."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from bench import results
from bench.document import write_document
from bench.machine import Surroundings, describe
from bench.processes import reset_signals
from bench.rows import ROWS, Row
from bench.show import show
from bench.stage import Servers, Size, open_stage
from botapp.clock import SystemClock
from tests.servers import Run, begun_run


@click.command()
@click.option("--quick", is_flag=True, help="Minutes instead of most of an hour; proves that everything runs, no more.")
@click.option("--only", multiple=True, type=click.Choice(list(ROWS)), help="Only this row; may be given several times.")
@click.option("--rounds", type=click.IntRange(min=1), default=3, show_default=True, help="How often all is measured.")
@click.option("--results", "folder", type=click.Path(path_type=Path), default=None, help="Where the JSON goes.")
@click.option("--document/--no-document", default=True, help="Write the tables of docs/performance.md (full runs).")
def main(quick: bool, only: Sequence[str], rounds: int, folder: Path | None, document: bool) -> None:
    """Measure botapp against this machine's limits, on private servers."""
    reset_signals()
    size, console = Size(quick, rounds), Console(width=150)
    folder = folder or results.folder_of(size)
    chosen = [row for name, row in ROWS.items() if not only or name in only]
    failed = []
    with begun_run() as run:
        servers = Servers(run)
        for row in chosen:
            try:
                found = _measure(row, run, servers, size)
            except Exception:  # noqa: BLE001  an hour of other rows must not be lost
                console.print_exception()
                failed.append(row.name)
                continue
            results.keep(folder, row.name, found)
            show(console, row.title, found)
    if document and not quick:
        write_document(folder)
    console.print(f"JSON in {folder}")
    if failed:
        raise click.ClickException(f"these rows could not be measured: {', '.join(failed)}")


def _measure(row: Row, run: Run, servers: Servers, size: Size) -> dict[str, object]:
    clock = SystemClock()
    began_at, began = clock.now(), clock.elapsed()
    around = Surroundings()
    with open_stage(run, servers, size, row.name) as stage:
        found = row.measure(stage)
    return {
        "row": row.name,
        "title": row.title,
        "quick": size.quick,
        "began_at": began_at.isoformat(timespec="seconds"),
        "seconds": round(clock.elapsed() - began, 1),
        "machine": describe() | {"postgresql": servers.postgresql_version},
        "surroundings": around.seen(),
        **found.to_json(),
    }


if __name__ == "__main__":
    sys.exit(main())
