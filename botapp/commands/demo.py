"""`botapp demo`: an installation with a fortnight behind it, to look at and to try."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from botapp.bootstrap.staff import Staff
from botapp.campaign.status import load_status
from botapp.logs import without_logs
from botapp.runtime.instance import only_instance
from botapp.settings import Settings, load_settings
from botapp.showcase.fortnight import Lived, Plan, live_through
from botapp.showcase.opening import STAFF, State, state_of
from botapp.staff.record import COMMAND_LINE
from botapp.storage import staff as stored_staff
from botapp.storage.migrate import schema_version, upgrade
from botapp.vital_signs import ticker_is_alive, worker_is_alive

_MARK = "demo.json"  # says that the fortnight was made to its end
_REAL = "made-up customers have no business where a real platform is set: unset BOTAPP_GRAPH_URL"
_SCALED = "the demonstration lives in whole days: unset BOTAPP_DAY"
_NOT_EMPTY = "this instance is not empty; make the demonstration in one of its own: BOTAPP_VAR_DIR=demo botapp demo"
_HALF = "a demonstration was begun here and not made to its end; remove its database and {where}, and begin anew"
_BUSY = "a ticker or worker is at work in this instance; stop it first"


class _MisuseError(click.ClickException):
    exit_code = 2


@click.command()
@click.option(
    "--days", type=click.IntRange(2, 90), default=14, show_default=True, help="How long the shop has been open."
)
@click.option("--customers", type=click.IntRange(10, 100_000), default=1200, show_default=True, help="How many people.")
@click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="The same seed, the same people."
)
def demo(days: int, customers: int, seed: int) -> None:
    """Make a shop's fortnight in an empty instance, ending now: conversations, rules, outcomes, staff.

    In an instance that is such a demonstration already nothing is made; the staff's log-in links are printed anew.
    """
    settings = load_settings()
    installation = Staff.of(settings)
    _check(settings)
    mark = settings.var_dir / _MARK
    state = _state(installation)
    if state is State.EMPTY:
        lived = _make(installation, Plan(installation.clock.now(), days, customers, seed))
        mark.write_text(json.dumps({"days": days, "customers": customers, "seed": seed}), encoding="ascii")
        _tell(installation, lived)
    elif state is State.OTHER:
        raise _MisuseError(_NOT_EMPTY)
    elif not mark.exists():
        raise _MisuseError(_HALF.format(where=settings.var_dir.resolve()))
    _invite(installation)


def _check(settings: Settings) -> None:
    if not settings.uses_sandbox:
        raise _MisuseError(_REAL)
    if settings.scale != 1:
        raise _MisuseError(_SCALED)


def _state(installation: Staff) -> State:
    if schema_version(installation.database.engine) is None:
        return State.EMPTY
    return state_of(installation.database)


def _make(installation: Staff, plan: Plan) -> Lived:
    settings = installation.settings
    with only_instance(settings.var_dir):
        upgrade(settings.database_address)
        if ticker_is_alive(installation) or worker_is_alive(installation, any_host=True):
            raise _MisuseError(_BUSY)
        with without_logs(), _progress() as advance:
            return live_through(plan, settings, advance)


@contextmanager
def _progress() -> Iterator[Callable[[float], None]]:
    columns = (TextColumn("the shop's fortnight"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as shown:
        task = shown.add_task("", total=1.0)
        yield lambda share: shown.update(task, completed=share)


def _tell(installation: Staff, lived: Lived) -> None:
    click.echo(
        f"customers          {lived.customers:,}, {lived.conversations:,} conversations, {lived.events:,} events"
    )
    for page in load_status(installation.database).pages:
        told = {"answers": page.replies, "re-engagements": page.reengagements}
        for what, counts in told.items():
            shown = ", ".join(f"{number:,} {name}" for name, number in counts.items() if number)
            if shown:
                click.echo(f"{what:<18} {shown}")
    click.echo(f"{'paused by guards':<18} {', '.join(lived.paused) or 'none'}")


def _invite(installation: Staff) -> None:
    """What to do next, with links that open the console once each."""
    members, settings = installation.members(), installation.settings
    with installation.database.reading() as connection:
        known = {member.name: member for member in stored_staff.load_all(connection)}
    click.echo(
        "Next: botapp up, then open one of these. Each works once, for half an hour; botapp demo prints new ones."
    )
    for hand in STAFF:
        token = members.one_time_log_in(known[hand.name].id, by=COMMAND_LINE)
        click.echo(f"  {hand.display_name:<13} {hand.role:<9} {settings.console_url}/welcome/{token}")
