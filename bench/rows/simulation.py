"""Simulated customer-days a second, with every fault on."""

import json
import resource
import subprocess
from collections.abc import Sequence

from bench.figures import Result, at_least, compare
from bench.processes import python
from bench.stage import Stage

_LEAST_A_SECOND = 1500
_SEEDS = (1, 2, 3)
_A_PROMISE_DOES_NOT_HOLD = 1  # as an exit code: for tests to judge


def run(stage: Stage) -> Result:
    """`botapp simulate` as people run it, by the CPU that it took, on one core."""
    customers, days = stage.size.pick((2000, 5), (50, 2))
    rates = [_rate(customers, days, seed) for seed in _SEEDS[: stage.size.rounds]]
    budget = at_least(_LEAST_A_SECOND)
    figure = compare("simulated customer-days for a second of one core, all faults on", "1/s", rates, budget=budget)
    return Result([figure], notes=[f"{customers:,} customers for {days} days, seeds {_SEEDS}; start-up included."])


def _rate(customers: int, days: int, seed: int) -> float:
    options = {"--customers": customers, "--days": days, "--seed": seed, "--faults": "all", "--jobs": 1}
    arguments: Sequence[str] = [str(part) for pair in options.items() for part in pair]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        python("botapp", "simulate", *arguments, "--json"), capture_output=True, text=True, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, _A_PROMISE_DOES_NOT_HOLD):
        raise RuntimeError(f"botapp simulate: {done.stdout[-1000:]}{done.stderr[-1000:]}")
    json.loads(done.stdout)
    return customers * days / (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
