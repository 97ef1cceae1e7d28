"""How the guards do, by simulation: `python -m tests.policy.guards_by_simulation` prints docs/experiments.md's figures.

Each run is a rule whose customers answer, and are put off, with fixed probabilities; the guards look after every send.
"""

import random
import statistics
from collections.abc import Sequence
from typing import NamedTuple

import click
from rich.progress import track

from botapp.policy.experiments.guards import Bounds, Guard, judge

_RUNS, _SENDS = 1000, 2000
_ANSWERING = (0.03, 0.05, 0.08, 0.10, 0.12, 0.20)
_HARMING = (0.01, 0.02, 0.04, 0.06, 0.10)


class Rule(NamedTuple):
    """How probable it is that a send is answered, and that it does harm."""

    answered: float
    harm: float


class Pause(NamedTuple):
    """After how many sends, and for which guard."""

    sends: int
    guard: Guard


def run(rule: Rule, sends: int, seed: int, bounds: Bounds | None = None) -> Pause | None:
    """One rule until it is paused; None if it was not within so many sends."""
    chance, responses, harms = random.Random(f"{rule} {seed}"), 0, 0  # noqa: S311  not for secrets
    for number in range(1, sends + 1):
        is_harmed = chance.random() < rule.harm
        responses += not is_harmed and chance.random() < rule.answered
        harms += is_harmed
        tripped = judge(responses, harms, number, bounds or Bounds(), plan_ahead=False).tripped
        if tripped is not None:
            return Pause(number, tripped)
    return None


def run_all(rule: Rule, runs: int, sends: int) -> list[Pause | None]:
    """Many of the same, each with a seed of its own."""
    return [run(rule, sends, seed) for seed in range(runs)]


def paused_share(found: Sequence[Pause | None]) -> float:
    return sum(pause is not None for pause in found) / len(found)


def median_sends(found: Sequence[Pause | None]) -> float:
    """Of all runs; one that was not paused counts as more than any."""
    return statistics.median(pause.sends if pause else float("inf") for pause in found)


@click.command()
@click.option("--runs", default=_RUNS)
@click.option("--sends", default=_SENDS)
def main(runs: int, sends: int) -> None:
    """Print the tables."""
    rules = [Rule(answered, 0.005) for answered in _ANSWERING] + [Rule(0.2, harm) for harm in _HARMING]
    click.echo("| answered | harm | paused | sends until then, median |\n| --- | --- | --- | --- |")
    for rule in track(rules, description="Simulating"):
        found = run_all(rule, runs, sends)
        stopped = [pause.sends for pause in found if pause]
        median = f"{statistics.median(stopped):.0f}" if len(stopped) * 2 > runs else "-"
        click.echo(f"| {rule.answered:.0%} | {rule.harm:.1%} | {paused_share(found):.1%} | {median} |")


if __name__ == "__main__":
    main()
