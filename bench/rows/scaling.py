"""Durable webhooks at 1, 2 and 4 web processes on PostgreSQL, each beside the limit with as many."""

from functools import partial

from bench.figures import Curve, Figure, Result, at_least_of_limit, compare, interleave
from bench.load import LoadSpec
from bench.rows.webhook import LIMIT_NAME
from bench.stage import PAGE_ID, Stage

_PROCESSES = (1, 2, 4)
_CONNECTIONS = 32
_LEAST_SHARE_OF_LIMIT = 0.45


def run(stage: Stage) -> Result:
    """All six servers stand beside each other and are asked in turn."""
    house = stage.house("postgresql")
    measures = {}
    for processes in _PROCESSES:
        own, _ = house.web(web_processes=str(processes))
        limit, _ = stage.limit("gunicorn", str(processes))
        stage.warm(own, limit)
        measures[f"own {processes}"] = partial(_rate, stage, own)
        measures[f"limit {processes}"] = partial(_rate, stage, limit)
    rates = interleave(stage.size.rounds, measures)
    figures: list[Figure] = []
    for processes in _PROCESSES:
        what = f"postgresql: durable webhooks, {processes} process{'es' if processes > 1 else ''}"
        limit_rates = (f"{LIMIT_NAME}, as many processes", rates[f"limit {processes}"])
        budget = at_least_of_limit(_LEAST_SHARE_OF_LIMIT)
        figures.append(compare(what, "1/s", rates[f"own {processes}"], against=limit_rates, budget=budget))
    medians = [(number, figure.measured.median) for number, figure in zip(_PROCESSES, figures, strict=True)]
    limits = [(n, figure.limit.median) for n, figure in zip(_PROCESSES, figures, strict=True) if figure.limit]
    series = {"botapp": medians, "verify and parse only": limits}
    title = "Webhooks a second, by web processes (load, database and servers share the cores)"
    return Result(figures, [Curve("scaling", title, "web processes", "webhooks/s", series)])


def _rate(stage: Stage, port: int) -> float:
    found = stage.load(LoadSpec(port, stage.size.seconds, _CONNECTIONS, PAGE_ID))
    return float(found["events"] / found["seconds"])
