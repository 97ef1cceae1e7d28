"""One module for each row of docs/performance.md, in the order in which they are run and shown."""

from collections.abc import Callable
from dataclasses import dataclass

from bench.figures import Result
from bench.rows import (
    backtest,
    batches,
    claims,
    desk,
    end_to_end,
    latency,
    lateness,
    layers,
    leases,
    ledger,
    overview,
    scaling,
    sealing,
    sends,
    servers,
    simulation,
    verifying,
    webhook,
)
from bench.stage import Stage


@dataclass(frozen=True, slots=True)
class Row:
    """Something that is measured as a whole: a table of the document."""

    name: str
    title: str
    measure: Callable[[Stage], Result]


_ALL = (
    Row("webhook", "One durable webhook", webhook.run),
    Row("scaling", "Web processes", scaling.run),
    Row("batches", "Batches of events", batches.run),
    Row("layers", "The CPU of an event, layer by layer", layers.run),
    Row("leases", "Due plans and empty polls", leases.run),
    Row("claims", "Claims", claims.run),
    Row("sends", "Sends and the page's bucket", sends.run),
    Row("lateness", "Lateness", lateness.run),
    Row("latency", "How soon a webhook is answered", latency.run),
    Row("end_to_end", "A conversation from end to end", end_to_end.run),
    Row("servers", "gunicorn and granian", servers.run),
    Row("ledger", "Appending to the ledger", ledger.run),
    Row("sealing", "Sealing the ledger", sealing.run),
    Row("verifying", "Exporting and verifying the ledger", verifying.run),
    Row("desk", "The compliance desk over a large log", desk.run),
    Row("overview", "The marketers' overview", overview.run),
    Row("simulation", "Simulation", simulation.run),
    Row("backtest", "Backtests", backtest.run),
)
ROWS = {row.name: row for row in _ALL}
