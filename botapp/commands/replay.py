"""`botapp replay`."""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from botapp.bootstrap import Installation
from botapp.commands.pages import page_option, pages_chosen
from botapp.durations import parse_duration
from botapp.replay.doors import Door, HttpDoor, OwnDoor, answers, introduce, is_running
from botapp.replay.playing import Plan, plan_play, play
from botapp.replay.recording import Line, ReplayError, read_recording
from botapp.replay.report import Outcome, read_back
from botapp.settings import Settings, load_settings, require_messenger
from botapp.storage.accounts import Account

_LOOK_SECONDS = 0.25
_MILLISECOND = timedelta(milliseconds=1)


def _duration(_context: click.Context, _option: click.Parameter, written: str) -> timedelta:
    try:
        return parse_duration(written)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--speed", type=click.FloatRange(min=1), default=None, help="60: as fast as recorded, times 60.")
@page_option
@click.option("--end-ago", default="0s", callback=_duration, help="How long ago the last line was, say 23h30m.")
@click.option("--with-staff", is_flag=True, help="Play staff's lines too, as written in the page's inbox.")
@click.option("--settle", default="30s", callback=_duration, help="Wait at most this long for what is owed at once.")
@click.option("--windows-out", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="JSON lines.")
@click.option("--json", "as_json", is_flag=True, help="The stable form for scripts.")
def replay(
    file: Path, speed: float | None, page_id: str | None, as_json: bool, windows_out: Path | None, **options: object
) -> None:
    """Play a recorded chat through the webhook, and report what came of it.

    FILE has one JSON object a line: timestamp_ms, speaker, role ("customer" or "staff"), text, perhaps to. All times
    are moved by the same amount, so that the last line is --end-ago before the end of the play. The windows of
    --windows-out are in the recording's own time.
    """
