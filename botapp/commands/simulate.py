"""`botapp simulate`."""

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from botapp.campaign.fields import CampaignError
from botapp.logs import without_logs
from botapp.simulation.campaigns import load_campaign
from botapp.simulation.faults import Faults
from botapp.simulation.installed import load_knowledge
from botapp.simulation.many import Finding, Summary, add_up, plan_worlds, run_worlds

_MOST_SHOWN = 5


class _MisuseError(click.ClickException):
    exit_code = 2


@click.command()
@click.option("--customers", type=click.IntRange(min=1), default=1000, show_default=True, help="How many people.")
@click.option("--days", type=click.IntRange(min=1), default=10, show_default=True, help="How long each is followed.")
@click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="The same seed, the same worlds."
)
@click.option(
    "--faults", type=click.Choice([f.value for f in Faults]), default="all", show_default=True, help="How hostile."
)
@click.option(
    "--campaign",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Your own templates and rules; without it the worlds have theirs.",
)
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Processes to use.")
@click.option("--json", "as_json", is_flag=True, help="The stable form for scripts.")
def simulate(**options: Any) -> None:  # noqa: ANN401  click's, each of the type in its option
    """Try to break the five promises: the production code in simulated worlds, judged by an oracle of its own.

    Exit code 0: every promise held. 1: one did not; the world that shows it is named. 2: used wrongly.
    """
    campaign = _read_campaign(options["campaign"])
    plans = plan_worlds(options["customers"], options["days"], options["seed"], Faults(options["faults"]), campaign)
    began_at = time.perf_counter()
    found: dict[int, Summary] = {}
    with without_logs(), _progress(sum(plan.customers * plan.days for plan in plans)) as advance:
        for place, summary in run_worlds(plans, options["jobs"]):
            found[place] = summary
            advance(summary.customer_days)
    whole = add_up(found[place] for place in sorted(found))
    seconds = time.perf_counter() - began_at
    sys.exit(conclude(whole, seconds, json_wanted=options["as_json"]))


def conclude(whole: Summary, seconds: float, *, json_wanted: bool) -> int:
    """Print what was found; the exit code that says it."""
    click.echo(json.dumps(as_json(whole, seconds)) if json_wanted else "\n".join(in_words(whole, seconds)))
    return 0 if whole.holds else 1


def as_json(whole: Summary, seconds: float) -> dict[str, Any]:
    """What `--json` prints."""
    return {
        "customer_days": whole.customer_days,
        "worlds": len(whole.plans),
        "seconds": round(seconds, 1),
        "acts": _total(whole.counts, "act:"),
        "answers_accepted": whole.counts["accepted:answers"],
        "reengagements": dict(sorted(whole.decided.items())),
        "sends": whole.sends,
        "lost": whole.lost,
        "sendable": whole.sendable,
        "unsent": whole.unsent,
        "answerable": whole.answerable,
        "unanswered": whole.unanswered,
        "worst_lateness_seconds": round(whole.worst_lateness_seconds, 1),
        "faults": _faults(whole.counts),
        "violations": [
            {
                "promise": found.violation.promise.value,
                "seed": found.plan.seed,
                "customers": found.plan.customers,
                "days": found.plan.days,
                "told": found.violation.told,
            }
            for found in whole.violations
        ],
        "holds": whole.holds,
        "trace_hash": whole.trace_hash,
    }


def in_words(whole: Summary, seconds: float) -> Iterator[str]:
    """What is printed for people."""
    days, counts = whole.customer_days, whole.counts
    acts, decided = _total(counts, "act:"), sum(whole.decided.values())
    yield f"customer-days     {days:,} in {len(whole.plans)} worlds, {seconds:.1f} s, {days / seconds:,.0f} a second"
    yield f"customers' acts   {acts:,}, {acts / days:.2f} a customer-day; {counts['deliveries']:,} webhook deliveries"
    taken = counts["accepted:answers"]
    yield f"answers           {taken:,} taken by the platform, {whole.unanswered} questions left unanswered"
    yield f"re-engagements    {decided:,} decided, {decided / days:.2f} a customer-day"
    yield f"  sent            {whole.sends:,}, of them {whole.lost} of which nothing was heard"
    for what, number in whole.decided.most_common():
        if what != "sent":
            yield f"  {what:<28}{number:>8,}"
    yield f"could be sent     {whole.sendable:,} with everything healthy long enough, {whole.unsent} of them were not"
    yield f"worst lateness    {whole.worst_lateness_seconds:.1f} s"
    yield "faults            " + (", ".join(f"{n:,} {what}" for what, n in _faults(counts).items()) or "none")
    yield from _violations(whole)
    yield f"trace             {whole.trace_hash}"


def _violations(whole: Summary) -> Iterator[str]:
    if not whole.is_lively:
        yield "violation         too little of what could have been sent was sent"
        yield from _told(whole.misses)
    if not whole.violations:
        yield "violations        none"
        return
    kinds = Counter(found.violation.promise.value for found in whole.violations)
    yield "violations        " + ", ".join(f"{number} {kind}" for kind, number in kinds.most_common())
    yield from _told(whole.violations)


def _told(findings: Sequence[Finding]) -> Iterator[str]:
    for found in findings[:_MOST_SHOWN]:
        plan, violation = found.plan, found.violation
        options = f"--customers {plan.customers} --days {plan.days} --seed {plan.seed} --faults {plan.faults}"
        yield f"  {violation.promise.value}: {violation.told}"
        yield f"    page {violation.page_id}, contact {violation.contact_id}; again with: botapp simulate {options}"
        yield from (f"    {line}" for line in found.telling)


def _faults(counts: Counter[str]) -> dict[str, int]:
    """By kind, wherever they struck."""
    kinds: Counter[str] = Counter()
    for name, number in counts.items():
        family, _, rest = name.partition(":")
        if family == "fault":
            first, _, second = rest.partition(":")
            kinds[f"{first} {second}" if first in ("send", "ring", "webhook", "outage", "redis") else first] += number
    return dict(sorted(kinds.items()))


def _total(counts: Counter[str], prefix: str) -> int:
    return sum(number for name, number in counts.items() if name.startswith(prefix))


def _read_campaign(file: Path | None) -> bytes | None:
    if file is None:
        return None
    content = file.read_bytes()
    try:
        load_campaign(content, load_knowledge().house)
    except CampaignError as error:
        raise _MisuseError("\n".join(f"{file}: {fault}" for fault in error.faults)) from None
    return content


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    """A bar for people who watch; nothing for files and CI."""
    from rich.console import Console  # noqa: PLC0415  slow to import, and hardly another command needs it
    from rich.progress import Progress  # noqa: PLC0415  the same

    watched = sys.stderr.isatty() and "CI" not in os.environ
    with Progress(console=Console(stderr=True), disable=not watched, transient=True) as bar:
        task = bar.add_task("customer-days", total=total)
        yield lambda number: bar.advance(task, number)
