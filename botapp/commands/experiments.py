"""`botapp campaign outcomes` and `resume-rule`: what rules do, and letting go on what a guard has paused."""

import json

import click
from rich.console import Console
from rich.progress import Progress

from botapp.bootstrap.staff import Staff
from botapp.campaign.guards import resume_rule
from botapp.campaign.results import Result, Satisfaction, results_of, satisfaction_of
from botapp.commands.acting import acting_staff, staff_option
from botapp.commands.pages import chosen_pages, pages_option
from botapp.policy.experiments.evidence import Finding, Look
from botapp.policy.experiments.intervals import Estimate
from botapp.policy.experiments.outcome import Measure
from botapp.settings import load_settings

_SHOWN = (
    (Measure.CONVERTED, "converted"),
    (Measure.HANDED_OVER, "asked for a person"),
    (Measure.SATISFIED, "said that the answer helped"),
    (Measure.DISSATISFIED, "said that it did not"),
    (Measure.STOPPED, "stopped"),
    (Measure.MUTED, "muted"),
    (Measure.COMPLAINED, "complained"),
    (Measure.BLOCKED, "blocked"),
    (Measure.IGNORED_TWICE, "ignored twice"),
)


@click.command("outcomes")
@click.option("--check", is_flag=True, help="Tell all of it once more from the log and compare; 1 if it differs.")
@click.option("--json", "as_json", is_flag=True, help="The stable form for scripts.")
@pages_option
def campaign_outcomes(check: bool, as_json: bool, page_id: str | None) -> None:
    """What came of each rule and variant, and what the guards make of it."""
    installation = Staff.of(load_settings())
    if check:
        _check(installation)
        return
    for page in chosen_pages(installation, page_id):
        results = results_of(installation.guards(), page.id)
        satisfaction = satisfaction_of(installation.database, page.id)
        if as_json:
            told = {"results": [result.as_json() for result in results], "satisfaction": satisfaction.as_json()}
            click.echo(json.dumps({"page_id": page.page_id, **told}))
            continue
        click.echo(f"page {page.page_id}:" if results else f"page {page.page_id}: no rule is live and nothing was sent")
        for result in results:
            for line in _lines(result):
                click.echo(f"  {line}")
        for line in _satisfaction(satisfaction):
            click.echo(f"  {line}")


@click.command("resume-rule")
@click.argument("rule")
@click.option("--variant", default="", help="Only this variant, where a guard paused one.")
@click.option("--reason", required=True, help="Why it may go on; kept on the record.")
@pages_option
@staff_option
def campaign_resume_rule(rule: str, variant: str, reason: str, page_id: str | None, acting: str | None) -> None:
    """Let a rule go on that a guard has paused. Not by whoever made it live: name yourself with --staff."""
    installation = Staff.of(load_settings())
    by = acting_staff(installation, acting)
    for page in chosen_pages(installation, page_id):
        refused = resume_rule(installation.database, page.id, rule, reason, variant=variant, by=by)
        if refused is not None:
            raise click.ClickException(f"page {page.page_id}: {rule} is not resumed: {refused}")
        click.echo(f"page {page.page_id}: {rule}{f', variant {variant},' if variant else ''} goes on")


def _satisfaction(told: Satisfaction) -> list[str]:
    """What customers said of the answers that they got, whether or not a message of ours came before."""
    by_helper = (("the FAQ", told.faq), ("a person", told.person))
    return [
        f"answers by {helper}: {yes} of {yes + no} who said so were helped"
        for helper, (yes, no) in by_helper
        if yes + no
    ]


def _check(installation: Staff) -> None:
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Telling it again")
        keeper = installation.outcome_keeper()
        rebuilt = keeper.rebuild(lambda done, total: bar.update(task, completed=done, total=total))
    differences = list(rebuilt.differences())
    for difference in differences:
        click.echo(difference)
    if differences:
        raise click.ClickException(f"{len(differences)} differences in {rebuilt.entries:,} entries")
    click.echo(f"all counts are as the first {rebuilt.entries:,} entries of the log tell them")


def _lines(result: Result) -> list[str]:
    counts = result.counts
    variant = f", variant {result.variant}" if result.variant else ""
    head = f"{result.rule}, version {result.version}{variant}: {counts[Measure.SENT]} sent"
    lines = [f"{head}, the outcome of {counts[Measure.MATURED]} is known"]
    lines.append(f"  response {_percent(result.response)}; harm {_percent(result.harm)}")
    if result.uplift is not None:
        lines.append(f"  uplift {_percent(result.uplift)} against {result.held_out[1]} held out")
    said = [f"{counts[measure]} {words}" for measure, words in _SHOWN if counts[measure]]
    if said:
        lines.append(f"  {', '.join(said)}")
    if result.standing is not None:
        paused = result.standing.state
        state = f"PAUSED by the guard of its {paused.reason}" if paused and paused.is_paused else "running"
        judged = result.standing.judgement
        lines.append(f"  guards: {state}; response {_look(judged.response)}; harm {_look(judged.harm)}")
    return lines


def _percent(estimate: Estimate | None) -> str:
    if estimate is None:
        return "not known yet"
    return f"{estimate.value:.1%} (95 %: {estimate.low:.1%} to {estimate.high:.1%})"


def _look(look: Look) -> str:
    if look.finding is not Finding.OPEN:
        return f"is {look.finding} its bound"
    return "open" if look.more is None else f"open, known after about {look.more:,} more"
