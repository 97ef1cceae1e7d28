"""Webhooks of 1, 10, 100 and 1,000 events: what an event costs, and how many a second pass."""

from functools import partial

from bench.figures import Curve, Figure, Result, at_least_of_limit, at_most, compare, interleave
from bench.load import LoadSpec
from bench.machine import Family, spent
from bench.rows.webhook import LIMIT_NAME
from bench.stage import DATABASES, PAGE_ID, Stage

_CONNECTIONS = 4
_BATCHES = (1, 10, 100, 1000)
_CUSTOMERS = 20_000
_JUDGED = 100  # events in the batch that the budgets speak of
_MOST_MICROSECONDS = 120
_LEAST_GAIN = 6
_LIMIT = "limit"


class _Site:
    """One web server; keeps what each load came to, CPU included."""

    def __init__(self, stage: Stage, database: str) -> None:
        self._stage = stage
        self._port, web = stage.house(database).web() if database in DATABASES else stage.limit()
        stage.warm(self._port)
        self._families: dict[str, Family] = {"web": web}
        if database == "postgresql":
            self._families["database"] = stage.servers.postgresql_family
        self.costs: dict[tuple[str, int], list[float]] = {}

    def rate(self, batch: int) -> float:
        """Events per second."""
        before = spent(self._families)
        spec = LoadSpec(self._port, self._stage.size.seconds, _CONNECTIONS, PAGE_ID, _CUSTOMERS, batch=batch)
        found = self._stage.load(spec)
        for name, seconds in spent(self._families).items():
            cost = 1e6 * (seconds - before[name]) / found["events"]
            self.costs.setdefault((name, batch), []).append(cost)
        return float(found["events"] / found["seconds"])


def run(stage: Stage) -> Result:
    """Each size in turn, on both databases."""
    sites = {name: _Site(stage, name) for name in (*DATABASES, _LIMIT)}
    rates = interleave(
        stage.size.rounds,
        {f"{name} {batch}": partial(site.rate, batch) for batch in _BATCHES for name, site in sites.items()},
    )
    figures: list[Figure] = []
    for name in DATABASES:
        site = sites[name]
        single = ("batches of 1", rates[f"{name} 1"])
        for batch in _BATCHES:
            is_judged = batch == _JUDGED
            figures.append(
                compare(
                    f"{name}: events in batches of {batch:,}",
                    "1/s",
                    rates[f"{name} {batch}"],
                    against=single,
                    budget=at_least_of_limit(_LEAST_GAIN) if is_judged else None,
                )
            )
            for part, budget in (("web", at_most(_MOST_MICROSECONDS)), ("database", None)):
                if (part, batch) in site.costs:
                    figures.append(
                        compare(
                            f"{name}: CPU of the {part} process for an event, batches of {batch:,}",
                            "µs",
                            site.costs[part, batch],
                            against=(f"web process of {LIMIT_NAME}", sites[_LIMIT].costs["web", batch]),
                            budget=budget if is_judged else None,
                        )
                    )
    return Result(figures, curves=_curves(figures))


def _curves(figures: list[Figure]) -> list[Curve]:
    def points(name: str, what: str, end: str) -> list[tuple[float, float]]:
        found = {figure.what: figure.measured.median for figure in figures}
        return [(batch, found[f"{name}: {what}{end.format(batch)}"]) for batch in _BATCHES]

    series = {name: points(name, "events in", " batches of {:,}") for name in DATABASES}
    costs = {name: points(name, "CPU of the web process for an event,", " batches of {:,}") for name in DATABASES}
    across = "events in a webhook"
    return [
        Curve("batches-rate", "Events a second, one web process", across, "events/s", series),
        Curve("batches-cost", "CPU of the web process for an event", across, "µs", costs),
    ]
