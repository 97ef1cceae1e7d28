"""How soon a webhook is answered: at half of what the server can take, alone and while 300 messages a second go out."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from bench.figures import Figure, Result, at_most, compare
from bench.load import LoadSpec
from bench.queue import Queue
from bench.rows.webhook import CONNECTIONS, LIMIT_NAME
from bench.stage import PAGE_ID, Stage

_PLATFORM_SECONDS = 0.15
_SENDS_A_SECOND = 300
_MOST_P99_MILLISECONDS = 50
_PERCENTILES = {"p50_ms": "p50", "p99_ms": "p99", "p999_ms": "p99.9"}
Findings = Sequence[dict[str, Any]]


def run(stage: Stage) -> Result:
    """Deliveries come at set times, whether earlier ones were answered or not."""
    seconds, rounds = stage.size.pick(8, 1), stage.size.pick(3, 1)
    queue = Queue(stage, _PLATFORM_SECONDS, threads=64)
    # Enough for all rounds and the way there, whatever the workers manage.
    queue.add_due(
        stage.size.pick(_SENDS_A_SECOND * (rounds * (seconds + 4) + 10), 400), queue.now(), timedelta(hours=1)
    )
    port, _ = queue.house.web()
    limit_port, _ = stage.limit()
    stage.warm(port, limit_port)
    ours, theirs = (partial(_paced, stage, at, _half(stage, at), seconds) for at in (port, limit_port))
    limit, alone = zip(*((theirs(), ours()) for _ in range(rounds)), strict=True)
    queue.start(workers=2)
    before = queue.wait_for_first()
    busy = [ours() for _ in range(rounds)]
    after = queue.platform.arrivals()
    figures = _figures("half load", alone, (f"{LIMIT_NAME}, at half of its own load", limit), is_judged=True)
    figures += _figures("half load, while messages go out", busy, ("the same without them", alone))
    rate = (len(after) - len(before)) / (after[-1].epoch - before[-1].epoch)
    figures.append(compare("messages that went out meanwhile", "1/s", [rate]))
    return Result(
        figures, notes=[f"Half load: {ours.args[2]:.0f} webhooks/s of ours, {theirs.args[2]:.0f}/s of the limit."]
    )


def _figures(what: str, found: Findings, against: tuple[str, Findings], *, is_judged: bool = False) -> list[Figure]:
    figures = []
    for key, name in _PERCENTILES.items():
        beside = (f"{name} of {against[0]}", [each[key] for each in against[1]])
        budget = at_most(_MOST_P99_MILLISECONDS) if is_judged and name == "p99" else None
        values = [each[key] for each in found]
        figures.append(compare(f"postgresql: webhook {name}, {what}", "ms", values, against=beside, budget=budget))
    return figures


def _half(stage: Stage, port: int) -> float:
    """Half of the rate that the server takes."""
    found = stage.load(LoadSpec(port, stage.size.seconds, CONNECTIONS, PAGE_ID))
    return float(found["events"] / found["seconds"] / 2)


def _paced(stage: Stage, port: int, per_second: float, seconds: float) -> dict[str, Any]:
    return stage.load(LoadSpec(port, seconds, 4 * CONNECTIONS, PAGE_ID, per_second=per_second))
