"""`botapp campaign runs`: forecasts and backtests that are worked on in the background."""

import json
from pathlib import Path

import click

from botapp.bootstrap.foundation import Foundation
from botapp.commands.pages import chosen_pages, pages_option
from botapp.rehearsal.jobs import RehearsalDesk, TooManyError, Wanted
from botapp.settings import load_settings
from botapp.storage import rehearsals
from botapp.storage.accounts import Account
from botapp.storage.rehearsals import Rehearsal, State

_SHOWN = 20

in_background = click.option("--background", is_flag=True, help="Have the ticker work on it; see `campaign runs`.")


@click.group("runs", invoke_without_command=True)
@pages_option
@click.pass_context
def campaign_runs(context: click.Context, page_id: str | None) -> None:
    """List the forecasts and backtests that were asked for, the last one first."""
    if context.invoked_subcommand is not None:
        return
    installation = Foundation.of(load_settings())
    pages = {page.id: page for page in chosen_pages(installation, page_id)}
    with installation.database.reading() as connection:
        found = rehearsals.load_latest(connection, pages, _SHOWN)
    for each in found:
        click.echo(f"{each.account_id}/{each.id}  page {pages[each.account_id].page_id}  {_state(each)}")


@campaign_runs.command("show")
@click.argument("run")
def show_run(run: str) -> None:
    """Print what RUN came to, as JSON."""
    found = _the_one(Foundation.of(load_settings()), run)
    if found.result is None:
        raise click.ClickException(f"there is no result: {_state(found)}")
    click.echo(json.dumps(json.loads(found.result), indent=2))


@campaign_runs.command("cancel")
@click.argument("run")
def cancel_run(run: str) -> None:
    """Give up RUN."""
    installation = Foundation.of(load_settings())
    if not RehearsalDesk(installation.database).cancel(_the_one(installation, run)):
        raise click.ClickException("it had ended already")
    click.echo("cancelled")


def ask_for_run(installation: Foundation, page: Account, file: Path | None, wanted: Wanted) -> None:
    """Put it down for the ticker, and say where it is found."""
    campaign = None if file is None else file.read_text(encoding="utf-8-sig")
    try:
        number = RehearsalDesk(installation.database).ask(
            page.id, Wanted(campaign, wanted.since, wanted.until), by=None
        )
    except TooManyError:
        raise click.ClickException("several wait for this page already; see: botapp campaign runs") from None
    click.echo(f"{page.id}/{number}")


def _the_one(installation: Foundation, named: str) -> Rehearsal:
    account_id, _, number = named.partition("/")
    found = None
    if account_id.isdecimal() and number.isdecimal():
        with installation.database.reading() as connection:
            found = rehearsals.find(connection, int(account_id), int(number))
    if found is None:
        raise click.ClickException(f"there is no run {named!r}; see: botapp campaign runs")
    return found


def _state(found: Rehearsal) -> str:
    stretch = f" since {found.since:%Y-%m-%d}" if found.since else ""
    share = f", {found.done:,} of {found.contacts:,} contacts" if found.state is State.RUNNING else ""
    fault = f": {found.fault}" if found.fault else ""
    asked = f"{found.kind} of {_what(found)}{stretch}, asked for at {found.asked_at:%Y-%m-%d %H:%M}"
    return f"{asked}: {found.state}{share}{fault}"


def _what(found: Rehearsal) -> str:
    return "the live rules" if found.campaign is None else "a file"
