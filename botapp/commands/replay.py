"""`botapp replay`."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from botapp.bootstrap.web import Web
from botapp.commands.pages import chosen_page, page_option
from botapp.durations import parse_duration
from botapp.replay.doors import Door, HttpDoor, OwnDoor, SandboxDoor, is_running
from botapp.replay.playing import Plan, plan_play, play
from botapp.replay.recording import Line, ReplayError, read_recording
from botapp.replay.report import Outcome, read_back
from botapp.settings import load_settings, require_messenger
from botapp.storage.accounts import Account

_LOOK_SECONDS = 0.25
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The options of the command."""

    file: Path
    speed: float | None
    page_id: str | None
    end_ago: timedelta
    with_staff: bool
    settle: timedelta
    windows_out: Path | None
    as_json: bool


def _duration(_context: click.Context, _option: click.Parameter, written: str) -> timedelta:
    try:
        return parse_duration(written)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--speed", type=click.FloatRange(min=1), default=None, help="60: sixty times as fast as recorded.")
@page_option
@click.option("--end-ago", default="0s", callback=_duration, help="How long ago the last line was, such as 23h30m.")
@click.option("--with-staff", is_flag=True, help="Play staff's lines too, as written in the page's inbox.")
@click.option("--settle", default="30s", callback=_duration, help="Wait at most so long for what is owed at once.")
@click.option("--windows-out", type=click.Path(dir_okay=False, path_type=Path), help="Write the windows to this file.")
@click.option("--json", "as_json", is_flag=True, help="The stable form for scripts.")
def replay(**options: Any) -> None:  # noqa: ANN401  click's, each of the type in _Wanted
    """Play a recorded chat through the webhook, as fast as it takes them, and report what came of it.

    FILE holds one JSON object a line: timestamp_ms, speaker, role ("customer" or "staff"), text, and perhaps to. All
    times are moved by the same amount, so that the last line was --end-ago before the end. --windows-out keeps the
    windows as JSON lines in the recording's own time.
    """
    wanted = _Wanted(**options)
    installation = Web.of(load_settings())
    require_messenger(installation.settings)
    try:
        plan, outcome = _run(installation, wanted)
    except ReplayError as error:
        raise click.ClickException(str(error)) from None
    if wanted.windows_out is not None:
        lines = (json.dumps(asdict(window), ensure_ascii=False) for window in outcome.opened)
        wanted.windows_out.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    click.echo(json.dumps(outcome.as_json()) if wanted.as_json else _in_words(outcome))
    if outcome.interactions < sum(not line.from_staff for line in plan.lines):
        raise click.ClickException(
            "not every line came into this database; give replay the BOTAPP_DATABASE_URL and BOTAPP_VAR_DIR"
            " that the running instance has"
        )


def _run(installation: Web, wanted: _Wanted) -> tuple[Plan, Outcome]:
    lines = [line for line in read_recording(wanted.file) if wanted.with_staff or not line.from_staff]
    page = chosen_page(installation, wanted.page_id)
    door, sends = _door(installation)
    plan = plan_play(
        page.page_id,
        lines,
        now_ms=_now_ms(installation),
        end_ago_ms=wanted.end_ago // _MILLISECOND,
        speed=wanted.speed,
    )
    with _progress(len(lines)) as advance:
        play(plan, installation, door, advance, before=_introduction(installation, plan))
    settle_seconds = wanted.settle.total_seconds() if sends else 0.0
    return plan, _settled(installation, page, plan, settle_seconds)


def _door(installation: Web) -> tuple[Door, bool]:
    """The way in, and whether somebody behind it sends what is owed."""
    url = installation.settings.web_url
    if is_running(url):
        return HttpDoor(url), True
    click.echo(f"no instance answers at {url}; playing within this process, and nothing is sent", err=True)
    return OwnDoor(installation.web_app()), False


def _introduction(installation: Web, plan: Plan) -> Callable[[Sequence[Line]], None]:
    sandbox = SandboxDoor(f"http://127.0.0.1:{installation.settings.sandbox_port}")
    if not installation.settings.uses_sandbox or not sandbox.answers():
        return lambda _lines: None
    return lambda lines: sandbox.introduce(plan.page_id, lines, now_ms=_now_ms(installation) - plan.shift_ms)


def _settled(installation: Web, page: Account, plan: Plan, settle_seconds: float) -> Outcome:
    """The outcome once nothing more is owed at this moment, or when the patience is over."""
    until = installation.clock.elapsed() + settle_seconds
    while True:
        with installation.database.reading() as connection:
            now = installation.database.now(connection)
            outcome = read_back(connection, page.id, plan, installation.rules.window, now)
        if outcome.settled or installation.clock.elapsed() >= until:
            return outcome
        time.sleep(_LOOK_SECONDS)


def _now_ms(installation: Web) -> int:
    return int(installation.clock.now().timestamp() * 1000)


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    """A bar for people who watch; nothing for files and CI."""
    from rich.console import Console  # noqa: PLC0415  slow to import, and no other command needs it
    from rich.progress import Progress  # noqa: PLC0415  the same

    watched = sys.stderr.isatty() and "CI" not in os.environ
    with Progress(console=Console(stderr=True), disable=not watched, transient=True) as bar:
        task = bar.add_task("playing", total=total)
        yield lambda number: bar.advance(task, number)


def _in_words(outcome: Outcome) -> str:
    closing = f", {outcome.windows_closing} close within an hour" if outcome.windows_closing else ""
    next_due = f"; next {outcome.next_due_at}" if outcome.next_due_at else ""
    rows = {
        "page": outcome.page_id,
        "customers": f"{outcome.customers}, with {outcome.interactions} interactions in {outcome.lines} lines",
        "windows": f"{outcome.windows}, {outcome.windows_open} still open{closing}",
        "re-engagements": _listed(outcome.reengagements) + next_due,
        "reasons": _listed(outcome.reasons),
        "said": _listed(outcome.said),
        "left out": _listed(outcome.left_out),
        "lost": str(outcome.lost),
        "answers": _listed(outcome.answers) + ("" if outcome.settled else "; not all that is owed was sent yet"),
    }
    return "\n".join(f"{name:<15}{value}" for name, value in rows.items())


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in counts.items()) or "none"
