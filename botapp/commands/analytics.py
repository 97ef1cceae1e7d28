"""`botapp analytics`: the counts behind the marketers' overview, kept up with the log and compared with it."""

import click
from rich.console import Console
from rich.progress import Progress

from botapp.bootstrap.staff import Staff
from botapp.settings import load_settings

_NAMED = 20


@click.group()
def analytics() -> None:
    """The counts behind the marketers' overview."""


@analytics.command("rebuild")
@click.option("--check", is_flag=True, help="Change nothing: count the log once more and compare; 1 if it differs.")
def analytics_rebuild(check: bool) -> None:
    """Throw the counts away and count the log again from its first entry on."""
    installation = Staff.of(load_settings())
    keeper = installation.rollup_keeper()
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Counting the log")
        if not check:
            keeper.forget()
            keeper.catch_up(lambda done, total: bar.update(task, completed=done, total=total))
        rebuilt = keeper.rebuild(lambda done, total: bar.update(task, completed=done, total=total))
    differences = list(rebuilt.differences())
    for difference in differences[:_NAMED]:
        click.echo(difference)
    if differences:
        raise click.ClickException(f"{len(differences)} differences in {rebuilt.entries:,} entries")
    click.echo(f"all counts are as the first {rebuilt.entries:,} entries of the log tell them")
