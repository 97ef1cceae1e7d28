"""A durable webhook of one event, beside a view that only verifies and parses, and beside its own bare SQL."""

from contextlib import ExitStack, closing
from functools import partial

from bench.bare_sql import Commits, recorded_webhooks
from bench.figures import Figure, Result, at_least_of_limit, compare, interleave
from bench.load import LoadSpec
from bench.machine import Family, spent
from bench.stage import DATABASES, PAGE_ID, Stage

CONNECTIONS = 16
LIMIT_NAME = "a Flask view that only verifies and parses"
_LEAST_SHARE_OF_LIMIT = 0.45


class _Site:
    """A server, and what it used for each webhook."""

    def __init__(self, stage: Stage, port: int, family: Family) -> None:
        self._stage = stage
        self._port = port
        self._family = {"web": family}
        self.costs: list[float] = []

    def rate(self) -> float:
        """Webhooks a second."""
        before = spent(self._family)["web"]
        found = self._stage.load(LoadSpec(self._port, self._stage.size.seconds, CONNECTIONS, PAGE_ID))
        self.costs.append(1e6 * (spent(self._family)["web"] - before) / found["events"])
        return float(found["events"] / found["seconds"])


def run(stage: Stage) -> Result:
    """All in turn, on servers that stand beside each other."""
    houses = {name: stage.house(name) for name in DATABASES}
    servers = {name: house.web() for name, house in houses.items()} | {"limit": stage.limit()}
    stage.warm(*(port for port, _ in servers.values()))
    sites = {name: _Site(stage, port, family) for name, (port, family) in servers.items()}
    count = stage.size.pick(300, 50)
    with ExitStack() as stack:
        total = count * stage.size.rounds
        scripts = {name: stack.enter_context(recorded_webhooks(stage, name, total)) for name in DATABASES}
        urls = {name: stage.house(name).installation.settings.database_address for name in DATABASES}
        commits = {name: stack.enter_context(closing(Commits(url))) for name, url in urls.items()}
        rates = interleave(
            stage.size.rounds,
            {name: site.rate for name, site in sites.items()}
            | {f"bare {name}": partial(script.issue, count) for name, script in scripts.items()}
            | {f"commits {name}": partial(commit.rate, count) for name, commit in commits.items()},
        )
        statements = {name: script.statements_each for name, script in scripts.items()}
    figures: list[Figure] = []
    for name in DATABASES:
        what = f"{name}: durable webhooks, one process"
        budget = at_least_of_limit(_LEAST_SHARE_OF_LIMIT)
        figures.append(compare(what, "1/s", rates[name], against=(LIMIT_NAME, rates["limit"]), budget=budget))
        bare = ("bare SQL of the same transaction, one connection", rates[f"bare {name}"])
        figures.append(compare(what, "1/s", rates[name], against=bare))
        disk = ("one-row transactions with durable commit, one connection", rates[f"commits {name}"])
        figures.append(compare(what, "1/s", rates[name], against=disk))
        cost = (LIMIT_NAME, sites["limit"].costs)
        figures.append(compare(f"{name}: CPU of the web process for a webhook", "µs", sites[name].costs, against=cost))
    notes = [f"Statements in the transaction: {', '.join(f'{n} {s:.0f}' for n, s in statements.items())}."]
    return Result(figures, notes=notes)
