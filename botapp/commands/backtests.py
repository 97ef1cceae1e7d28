"""`botapp campaign backtest`: what rules would have done on the history that is on record."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from botapp.bootstrap.staff import Staff
from botapp.commands.forecasts import MOST_CHANGES, outcome_in_words, shown_progress, tried_rules
from botapp.commands.pages import chosen_page, page_option
from botapp.commands.runs import ask_for_run, in_background
from botapp.compliance.wording import WHY
from botapp.durations import parse_duration
from botapp.reengagement.facts import load_rules
from botapp.rehearsal.backtest import Backtest
from botapp.rehearsal.backtested import Backtested
from botapp.rehearsal.in_parallel import CONTACTS_AT_ONCE, Helpers, run
from botapp.rehearsal.jobs import Wanted
from botapp.settings import load_settings
from botapp.storage import history

_MOST_PROCESSES = 8


@click.command("backtest")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--live", "of_live", is_flag=True, help="Of the rules that are live, instead of a file.")
@page_option
@click.option("--since", required=True, help="A day, an instant with its zone, or how long ago, such as 14d.")
@click.option("--until", default=None, help="The same; until now if it is not said.")
@in_background
@click.option("--jobs", type=click.IntRange(min=1), default=None, help="Processes to use; as many as there are cores.")
@click.option("--json", "as_json", is_flag=True, help="The stable form for scripts.")
def campaign_backtest(
    file: Path | None,
    of_live: bool,
    page_id: str | None,
    since: str,
    until: str | None,
    **options: int | bool | None,
) -> None:
    """What the rules of FILE, beside what is live, would have made of past windows; nothing is changed or sent."""
    if (file is None) != of_live:
        raise click.UsageError("name a campaign file, or say --live")
    installation = Staff.of(load_settings())
    page = chosen_page(installation, page_id)
    tried, stretch = tried_rules(installation, page, file), _stretch(installation, since, until)
    if options["background"]:
        ask_for_run(installation, page, file, Wanted(None, *stretch))
        return
    with installation.database.reading() as connection:
        rules = load_rules(connection, page.id, installation.house.scale) if tried is None else tried
        backtest = Backtest.of(connection, page, installation.house, rules, stretch, installation.page_rate)
    found = _run(installation, backtest, int(options["jobs"] or 0))
    if options["as_json"]:
        click.echo(json.dumps({**found.as_json(), "sha256": found.sha256}, indent=2))
        return
    for line in _lines(found):
        click.echo(line)


def _run(installation: Staff, backtest: Backtest, jobs: int) -> Backtested:
    with installation.database.reading() as connection:
        number = history.count_contacts(connection, backtest.page.id)
    processes = jobs or min(os.cpu_count() or 1, _MOST_PROCESSES, -(-number // (2 * CONTACTS_AT_ONCE)) or 1)
    helpers = Helpers(processes, installation.settings.database_address)
    with shown_progress("Living through the history") as progress:
        return run(installation.database, backtest, progress, helpers if processes > 1 else None)


def _stretch(installation: Staff, since: str, until: str | None) -> tuple[datetime, datetime]:
    """Nobody knows what comes after now."""
    with installation.database.reading() as connection:
        now = installation.database.now(connection)
    begin, end = _instant(since, now), min(now, _instant(until, now)) if until else now
    if begin >= end:
        raise click.UsageError("--since is not before --until")
    return begin, end


def _instant(written: str, now: datetime) -> datetime:
    try:
        return now - parse_duration(written)
    except ValueError:
        pass
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        raise click.UsageError(f"{written!r} is no day, no instant and no duration such as 14d") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _lines(found: Backtested) -> Iterator[str]:
    told = found.as_json()
    yield (
        f"page {told['page_id']}, {told['since'][:16]} to {told['until'][:16]} UTC: {told['windows']:,} windows"
        f" of {told['contacts']:,} contacts"
    )
    yield f"would have been sent: {told['sent']:,}"
    yield from _counts(told["by_rule"])
    yield f"would not have been sent: {sum(told['not_sent'].values()):,}"
    yield from (f"  {n:>9,}  {reason}: {WHY.get(reason, reason)}" for reason, n in told["not_sent"].items())
    if told["undecided"]:
        yield f"the history ends before it is decided: {told['undecided']:,}"
    yield from _limits(told["limits"])
    yield f"the live rules sent: {told['live']['sent']:,}"
    yield from _counts(told["live"]["by_rule"])
    for change in told["changes"][:MOST_CHANGES]:
        before, after = outcome_in_words(change["live"]), outcome_in_words(change["tried"])
        yield f"  {change['windows']:>9,}  {before} → {after}"
    yield from _not_known(told["not_known"]["facts"], told["not_known"]["erased_contacts"])
    yield f"sha256 {found.sha256}"


def _limits(limits: dict[str, Any]) -> Iterator[str]:
    """What all customers share, and what it kept from going out."""
    for name, title in (("daily_cap", "the page's daily cap"), ("budget", "budgets")):
        if any(limits[name].values()):
            later, never = limits[name]["later"], limits[name]["never"]
            yield f"{title} held {later + never:,}: {later:,} went out later or by another rule, {never:,} did not"
    rate = limits["page_rate"]
    if rate["most_due_a_minute"]:
        yield (
            f"the page's rate, {rate['per_second']:.3g} a second over time: at most {rate['most_due_a_minute']:,}"
            f" fell due in one minute, and {rate['waited_at_most']:,} would have waited at once"
        )
    if rate["never"]:
        yield f"  {rate['never']:,} would have expired before their turn; they count as sent here"
    for rule, number in limits["guards"]["paused_then"].items():
        yield f"a guard had paused this version of {rule} when {number:,} would have gone; they count as sent here"


def _counts(counts: dict[str, int]) -> Iterator[str]:
    yield from (f"  {number:>9,}  {name}" for name, number in counts.items())


def _not_known(facts: dict[str, int], erased: int) -> Iterator[str]:
    """What history cannot tell."""
    for name, number in facts.items():
        yield f"not known: what {name} was earlier, of {number:,} contacts; it counted as absent until it was last told"
    if erased:
        yield f"not known: profile and facts of {erased:,} contacts that were erased since"
