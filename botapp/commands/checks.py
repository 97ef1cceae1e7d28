"""`botapp status`, `botapp doctor` and `botapp health`."""

import json
import sys

import click

from botapp.bootstrap.foundation import Foundation
from botapp.campaign.status import Status, load_status
from botapp.doctor import Finding, examine
from botapp.settings import load_settings
from botapp.vital_signs import ticker_is_alive, worker_is_alive


@click.command()
@click.option("--json", "as_json", is_flag=True, help="The stable form for scripts.")
def status(as_json: bool) -> None:
    """Re-engagements by state and refusals by reason, per page."""
    found = load_status(Foundation.of(load_settings()).database)
    click.echo(json.dumps(found.as_json()) if as_json else _in_words(found))


@click.command()
def doctor() -> None:
    """Check what can go wrong, one line each with its remedy. Exit code 1 if something does not hold."""
    findings = []
    for finding in examine(Foundation.of(load_settings())):
        findings.append(finding)
        click.echo(_line(finding))
    sys.exit(0 if all(finding.holds for finding in findings) else 1)


@click.command()
@click.argument("part", type=click.Choice(["worker", "ticker"]))
def health(part: str) -> None:
    """For containers: exit code 0 if a worker of this host, or any ticker, shows signs of life."""
    installation = Foundation.of(load_settings())
    alive = worker_is_alive(installation) if part == "worker" else ticker_is_alive(installation)
    click.echo(f"{part} {'alive' if alive else 'shows no sign of life'}")
    sys.exit(0 if alive else 1)


def _line(finding: Finding) -> str:
    remedy = f" -> {finding.remedy}" if finding.remedy and not finding.holds else ""
    return f"{'ok  ' if finding.holds else 'FAIL'} {finding.what}: {finding.found}{remedy}"


def _in_words(found: Status) -> str:
    lines = ["proactive messages are stopped for every page"] if found.proactive_stopped else []
    for page in found.pages:
        stopped = ", proactive messages are stopped" if page.proactive_stopped and not found.proactive_stopped else ""
        paused = f", paused: {page.paused}" if page.paused else ""
        lines.append(f"{page.platform} page {page.page_id} ({page.name}){paused}{stopped}")
        for title, counts in (
            ("re-engagements", page.reengagements),
            ("not sent", page.refusals),
            ("answers", page.replies),
        ):
            shown = ", ".join(f"{number} {name}" for name, number in counts.items() if number)
            lines.append(f"  {title}: {shown or 'none'}")
    return "\n".join(lines or ["there is no page yet; add one with: botapp account add"])
