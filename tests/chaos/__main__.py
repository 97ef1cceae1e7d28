"""`python -m tests.chaos`: real processes under chaos, or how soon they recover. Exit 1 if a promise does not hold."""

import json
import random
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from botapp.clock import SystemClock
from tests.chaos.arena import Plan
from tests.chaos.recovery import measure_recovery, readable_recovery
from tests.chaos.report import readable
from tests.chaos.run import Options, run_chaos
from tests.loopback import stay_on_loopback
from tests.servers import begun_run

DATABASES = {"both": ("postgresql", "sqlite"), "postgresql": ("postgresql",), "sqlite": ("sqlite",)}


@click.command()
@click.option("--seconds", default=600.0, help="Of chaos, on both databases at once.", show_default=True)
@click.option("--database", type=click.Choice(list(DATABASES)), default="both", show_default=True)
@click.option("--seed", type=int, default=None, help="Another choice of blows; printed, so that it can be repeated.")
@click.option("--people", default=150, help="Customers on each database.", show_default=True)
@click.option("--pause", default=0.6, help="Seconds between two blows, on average.", show_default=True)
@click.option("--kills", default=1000, help="Go on until so many kills, twice as long at most.", show_default=True)
@click.option("--flushes", default=50, help="Go on until so many flushes.", show_default=True)
@click.option("--day", default=40.0, help="Seconds that a day lasts.", show_default=True)
@click.option("--logs", "logs_dir", type=click.Path(file_okay=False, path_type=Path), help="Keep the logs here.")
@click.option("--recovery", is_flag=True, help="Measure how soon things go on after each kind of failure, instead.")
@click.option("--times", default=5, help="How often each recovery is measured.", show_default=True)
@click.option("--redis-away", default=30.0, help="Seconds that Redis is away; the long form is 600.", show_default=True)
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the report here too.")
def main(**chosen: Any) -> None:
    """Kill, freeze, flush, crash and cut while customers write; then compare, send by send."""
    stay_on_loopback()
    if chosen["recovery"]:
        _measure(DATABASES[chosen["database"]], chosen)
        return
    seed = random.SystemRandom().randrange(1 << 30) if chosen["seed"] is None else chosen["seed"]
    click.echo(f"seed {seed}")
    databases = DATABASES[chosen["database"]]
    options = Options(
        seed=seed,
        seconds=chosen["seconds"],
        kills=-(-chosen["kills"] // len(databases)),
        flushes=-(-chosen["flushes"] // len(databases)),
        people=chosen["people"],
        pause_seconds=chosen["pause"],
        report=_say,
        logs_dir=chosen["logs_dir"],
    )
    plans = [Plan(name, chosen["day"]) for name in databases]
    with begun_run() as run, ThreadPoolExecutor(len(plans), "run") as pool:
        outcomes = list(pool.map(lambda plan: run_chaos(run, plan, options), plans))
    if chosen["json_file"] is not None:
        chosen["json_file"].write_text(json.dumps([asdict(outcome) for outcome in outcomes], indent=1))
    click.echo(readable(outcomes))
    sys.exit(1 if any(outcome.violations for outcome in outcomes) else 0)


def _measure(databases: Sequence[str], chosen: Mapping[str, Any]) -> None:
    with begun_run() as run:
        found = measure_recovery(run, databases, chosen["times"], chosen["redis_away"], _say)
    if chosen["json_file"] is not None:
        chosen["json_file"].write_text(json.dumps(found, indent=1))
    click.echo(readable_recovery(found))


def _say(line: str) -> None:
    click.echo(f"{SystemClock().now():%H:%M:%S} {line}", err=True)


if __name__ == "__main__":
    main()
