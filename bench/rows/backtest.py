"""The backtest over a million windows that are on record, as `botapp campaign backtest` runs it."""

import json
import os
import resource
import subprocess
import time
from datetime import timedelta
from pathlib import Path

from bench.annals import VISITS, Annals, write_annals
from bench.figures import Figure, Result, at_most, compare
from bench.processes import python
from bench.stage import DATABASES, PAGE_ID, House, Stage
from botapp.bootstrap.foundation import PLATFORM
from botapp.storage import accounts

_MOST_SECONDS = 120  # for a million windows on four cores
_RULES = """
facts = ["basket_value"]

[[templates]]
name = "basket"
text = "Hello {first_name|there}, shall we keep your basket?"
language = "en"
purpose = "service"

[[templates]]
name = "good-morning"
text = "Good morning {first_name|there}, is there anything else?"
language = "en"
purpose = "service"

[[rules]]
name = "basket"
template = "basket"
priority = 20
delay = "4h"
quiet_hours = "21:00-08:00"
when = [{ fact = "basket_value", at_least = 25 }]

[[rules]]
name = "in-the-morning"
template = "good-morning"
priority = 10
timing = { at = "08:30", or_after = "22h", at_least = "2h" }
quiet_hours = "21:00-08:00"
when = [{ fact = "customer_type", is = "returning" }]
"""


def run(stage: Stage) -> Result:
    """Each database; three rules, one of them live since before the history began."""
    windows = stage.size.pick(1_000_000, 2_000)
    figures: list[Figure] = []
    for database in DATABASES:
        with stage.part() as part:
            figures += _measure(part.house(database), database, windows, part)
    note = (
        f"{windows:,} windows of {windows // VISITS:,} contacts in a month, four entries each; a campaign of two rules"
        " is tried beside the live one, with as many processes as there are cores."
    )
    return Result(figures, notes=[note])


def _measure(house: House, name: str, windows: int, part: Stage) -> list[Figure]:
    annals = Annals(windows, house.installation.clock.now() - timedelta(days=40))
    with house.installation.database.reading() as connection:
        page = accounts.find_by_pages(connection, PLATFORM, [PAGE_ID])[PAGE_ID]
    write_annals(house.installation.database, page.id, annals)
    tried = part.directory / f"{name}.toml"
    tried.write_text(_RULES)
    found = [_backtest(house, tried, annals) for _ in range(part.size.rounds)]
    budget = None if part.size.quick else at_most(_MOST_SECONDS)
    per_window = [1_000_000 * cpu_seconds / windows for _, cpu_seconds in found]
    return [
        compare(f"{name}: {windows:,} windows lived through", "s", [seconds for seconds, _ in found], budget=budget),
        compare(f"{name}: CPU of our processes for a window", "µs", per_window),
    ]


def _backtest(house: House, tried: Path, annals: Annals) -> tuple[float, float]:
    """How long it took, start-up included, and the CPU time of its processes."""
    command = python("botapp", "campaign", "backtest", str(tried), "--since", annals.began.isoformat(), "--json")
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, env={**os.environ, **house.environment}, capture_output=True, text=True, check=False)
    seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(f"the backtest ended: {done.stderr[-2000:]}")
    told = json.loads(done.stdout)
    if told["windows"] != annals.windows or not 0 < told["sent"] < annals.windows:
        raise RuntimeError(f"of {annals.windows} windows {told['windows']} were seen, {told['sent']} of them sent")
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
