"""Simulated customer-days a second, with every fault on, and where the time of one goes."""

import json
import resource
import subprocess
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from bench.figures import Figure, Result, at_least, compare
from bench.processes import python
from bench.sampling import Shares
from bench.stage import Stage
from botapp.simulation.many import be_quiet, live_and_judge, plan_worlds

_LEAST_A_SECOND = 1500
_SEEDS = (1, 2, 3)
_A_PROMISE_DOES_NOT_HOLD = 1  # as an exit code: for tests to judge
_REST = "people, platform, faults and virtual time"
# By the innermost frame that one of these fits: for whom something is done, and what it is that is done.
_DUTIES = {
    "botapp/conversation/receive.py:receive": "webhooks",
    "botapp/conversation/reply.py:drain": "answers",
    "botapp/reengagement/send.py:drain": "re-engagements",
    "botapp/workers/ticker.py:tick_once": "the ticker",
    "botapp/simulation/lookout.py:before_a_lull": "asking when a ticker would see something",
    "botapp/simulation/oracle/judgement.py:judge": "the oracle",
    "botapp/simulation/tracing.py:": "trace and hash",
    "botapp/simulation/record.py:hash_of": "trace and hash",
}
_KINDS = {
    "botapp/storage/statement.py:_execute": "SQLite",
    "botapp/storage/statement.py:_fetch": "SQLite",
    "botapp/storage/statement.py:run_each": "SQLite",
    "botapp/storage/statement.py:those_changed": "SQLite",
    "botapp/simulation/store.py:": "SQLite",
    "botapp/storage/": "rows: their values, and what is read of them",
    "/sqlalchemy/": "SQLAlchemy",
    "botapp/simulation/oracle/": "the oracle",
    "botapp/simulation/": _REST,
    "botapp/": "deciding, understanding, composing",
}


def run(stage: Stage) -> Result:
    """`botapp simulate` as people run it, by the CPU that it took, on one core."""
    customers, days = stage.size.pick((2000, 5), (50, 2))
    seeds = _SEEDS[: stage.size.rounds]
    rates = [_rate(customers, days, seed) for seed in seeds]
    budget = at_least(_LEAST_A_SECOND)
    what = "simulated customer-days for a second of one core, all faults on"
    shares = _shares(stage.size.pick(400, 20), stage.size.pick(10, 2), seeds)
    notes = [f"{customers:,} customers for {days} days, seeds {_SEEDS}; start-up included, but not in its parts."]
    return Result([compare(what, "1/s", rates, budget=budget), *shares], notes=notes)


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


def _shares(customers: int, days: int, seeds: Sequence[int]) -> list[Figure]:
    """The microseconds of a customer-day, lived through in this process: once by duty, and once by kind."""
    be_quiet()
    live_and_judge(plan_worlds(1, 1, seed=1)[0])  # what is done only once is done
    figures = []
    for place_of in (partial(_place_of, _DUTIES), partial(_place_of, _KINDS)):
        looked = [_looked(customers, days, seed, place_of) for seed in seeds]
        whole = ("the whole", [sum(taken.values()) for taken in looked])
        for place in sorted({place for taken in looked for place in taken}, key=lambda place: -looked[0].get(place, 0)):
            costs = [taken.get(place, 0.0) for taken in looked]
            figures.append(compare(f"of a customer-day: {place}", "µs", costs, against=whole))
    return figures


def _looked(customers: int, days: int, seed: int, place_of: Callable[[str, str], str | None]) -> Mapping[str, float]:
    shares = Shares(place_of)
    with shares.looking():
        for plan in plan_worlds(customers, days, seed):
            live_and_judge(plan)
    return {place: 1e6 * seconds / (customers * days) for place, seconds in shares.seconds().items()}


def _place_of(places: Mapping[str, str], file: str, function: str) -> str | None:
    if file == __file__ or function == "go_on":  # a thread's stack may end in the clockwork
        return _REST
    place = f"{file}:{function}"
    return next((name for part, name in places.items() if part in place), None)
