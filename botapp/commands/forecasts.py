"""`botapp campaign forecast`: what rules make of the windows that are open now."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import rich.progress
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

from botapp.bootstrap.staff import Staff
from botapp.commands.campaigns import read_file
from botapp.commands.pages import chosen_page, page_option
from botapp.commands.runs import ask_for_run, in_background
from botapp.compliance.wording import WHY
from botapp.policy.reason import Reason
from botapp.policy.rule import LiveRule
from botapp.rehearsal.forecast import Fared, Forecast, Foreseen, Progress
from botapp.rehearsal.jobs import Wanted
from botapp.rehearsal.proposal import proposed_rules
from botapp.settings import load_settings
from botapp.storage.accounts import Account

MOST_CHANGES = 12
_LIMITS = {Reason.DAILY_CAP.value: "the page's daily cap", Reason.BUDGET.value: "budgets"}


@click.command("forecast")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--live", "of_live", is_flag=True, help="Of the rules that are live, instead of a file.")
@page_option
@in_background
@click.option("--json", "as_json", is_flag=True, help="The stable form for scripts.")
def campaign_forecast(file: Path | None, of_live: bool, page_id: str | None, background: bool, as_json: bool) -> None:
    """What the rules of FILE, beside what is live, would make of the windows open now; nothing is changed or sent."""
    if (file is None) != of_live:
        raise click.UsageError("name a campaign file, or say --live")
    installation = Staff.of(load_settings())
    page = chosen_page(installation, page_id)
    tried = tried_rules(installation, page, file)
    if background:
        ask_for_run(installation, page, file, Wanted())
        return
    found = foresee(installation, page, tried)
    if as_json:
        click.echo(json.dumps(found.as_json(), indent=2))
        return
    for line in _lines(found):
        click.echo(line)


def tried_rules(installation: Staff, page: Account, file: Path | None) -> tuple[LiveRule, ...] | None:
    """Of a file, with what stays live beside them; None without one."""
    if file is None:
        return None
    campaign = read_file(installation, page, file)
    with installation.database.reading() as connection:
        return proposed_rules(connection, page.id, campaign, installation.house)


def foresee(installation: Staff, page: Account, tried: tuple[LiveRule, ...] | None) -> Foreseen:
    """The forecast of a page, with a bar for those who wait."""
    with installation.database.reading() as connection:
        now = installation.database.now(connection)
        forecast = Forecast.of(connection, page, installation.house, tried, now)
    with shown_progress("Looking at open windows") as progress:
        return forecast.run(installation.database, installation.page_rate, progress)


@contextmanager
def shown_progress(title: str) -> Iterator[Progress]:
    """A bar on standard error, for those who wait; what to call with how far it is."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with rich.progress.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, number: bar.update(task, completed=done, total=number)


def _lines(found: Foreseen) -> Iterator[str]:
    yield f"page {found.page_id}, windows open at {found.at:%Y-%m-%d %H:%M} UTC: {found.tried.windows:,}"
    yield from _fared(found.tried)
    yield from _limits(found)
    if found.live is not None:
        yield f"the live rules: {found.live.sent:,} sent"
        ordered = sorted(found.changes.items(), key=lambda item: (-item[1], item[0]))
        for (before, after), number in ordered[:MOST_CHANGES]:
            yield f"  {number:>9,}  {outcome_in_words(before)} → {outcome_in_words(after)}"
        if not found.changes:
            yield "  and the same becomes of every window"


def _fared(fared: Fared) -> Iterator[str]:
    yield f"would be sent: {fared.sent:,}"
    for rule, number in fared.by_rule.items():
        yield f"  {number:>9,}  {rule}"
    most = max((sum(rules.values()) for rules in fared.by_hour.values()), default=0)
    for begins, rules in fared.by_hour.items():
        number = sum(rules.values())
        yield f"  {number:>9,}  {begins:%a %H:%M}  {'█' * max(1, round(30 * number / most))}"
    for title, reasons in (("would not be sent", fared.not_sent), ("would wait", fared.waiting)):
        if reasons:
            yield f"{title}: {sum(reasons.values()):,}"
        for reason, number in reasons.items():
            yield f"  {number:>9,}  {reason}: {WHY.get(reason, reason)}"


def _limits(found: Foreseen) -> Iterator[str]:
    fared, rate = found.tried, found.rate
    most_due = f"at most {fared.most_due_a_minute:,} fall due in one minute"
    yield f"the page's rate: {rate.per_second:.3g} a second over time; {most_due}"
    if fared.behind is not None:
        since, until, most = fared.behind
        yield f"  it leaves sends behind from {since:%a %H:%M} to {until:%a %H:%M}, {most:,} at most"
    for reason, held in fared.held.items():
        left = f", {held['left']:,} of {held['most']:,} left in this period" if "most" in held else ""
        yield f"{_LIMITS[reason]}{left}: {held['later']:,} go out in the next one, {held['never']:,} not at all"
    for rule, number in fared.given_up.items():
        yield f"  {number:,} of {rule} would expire, because the windows close before their turn comes"


def outcome_in_words(outcome: str) -> str:
    """The rule that sends, or the reason."""
    return f"sent by {outcome.removeprefix('rule:')}" if outcome.startswith("rule:") else outcome
