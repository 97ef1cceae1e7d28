"""gunicorn against granian, behind the same setting: rate, latency at a set load, memory, and slow clients."""

import socket
import time
from functools import partial
from typing import Any

from bench.deliveries import Deliveries
from bench.figures import Figure, Result, compare, interleave
from bench.load import LoadSpec
from bench.machine import Family, spent
from bench.rows.webhook import CONNECTIONS
from bench.stage import PAGE_ID, Stage

_SERVERS = ("gunicorn", "granian")
_SLOW_CLIENTS = 32  # four times the threads


def run(stage: Stage) -> Result:
    """The product and the view that only verifies, each behind both."""
    house = stage.house("postgresql")
    own: dict[str, tuple[int, Family]] = {name: house.web(server=name) for name in _SERVERS}
    bare: dict[str, tuple[int, Family]] = {name: stage.limit(name, "1") for name in _SERVERS}
    stage.warm(*(port for port, _ in [*own.values(), *bare.values()]))
    figures: list[Figure] = []
    for what, sites in (("durable webhooks", own), ("view that only verifies and parses", bare)):
        rates = interleave(stage.size.rounds, {name: partial(_rate, stage, port) for name, (port, _) in sites.items()})
        beside = ("gunicorn", rates["gunicorn"])
        figures.append(compare(f"granian: {what}", "1/s", rates["granian"], against=beside))
    per_second = 0.5 * figures[0].measured.lowest
    paced = [{name: _paced(stage, *own[name], per_second) for name in _SERVERS} for _ in range(stage.size.rounds)]
    for key, unit in (("p50_ms", "ms"), ("p99_ms", "ms"), ("cpu_microseconds", "µs")):
        beside = ("gunicorn", [found["gunicorn"][key] for found in paced])
        what = f"granian: {key.partition('_')[0]} of a webhook at {per_second:.0f}/s"
        figures.append(compare(what, unit, [found["granian"][key] for found in paced], against=beside))
    slow = {name: _rate_beside_slow_clients(stage, port) for name, (port, _) in own.items()}
    what = f"granian: durable webhooks beside {_SLOW_CLIENTS} clients that never finish their request"
    figures.append(compare(what, "1/s", [slow["granian"]], against=("gunicorn", [slow["gunicorn"]])))
    memory = {name: family.memory_mib() for name, (_, family) in own.items()}
    beside = ("gunicorn", [memory["gunicorn"]])
    figures.append(compare("granian: memory of the web worker", "MiB", [memory["granian"]], against=beside))
    return Result(figures)


def _rate(stage: Stage, port: int) -> float:
    found = stage.load(LoadSpec(port, stage.size.seconds, CONNECTIONS, PAGE_ID))
    return float(found["events"] / found["seconds"])


def _paced(stage: Stage, port: int, family: Family, per_second: float) -> dict[str, Any]:
    before = spent({"web": family})["web"]
    found = stage.load(LoadSpec(port, 2 * stage.size.seconds, 4 * CONNECTIONS, PAGE_ID, per_second=per_second))
    used = spent({"web": family})["web"] - before
    return found | {"cpu_microseconds": 1e6 * used / found["events"]}


def _rate_beside_slow_clients(stage: Stage, port: int) -> float:
    """Deliveries go on while others hold connections open with half a request."""
    half = Deliveries(PAGE_ID, 1, 1, "slow").request(0)[:-20]
    slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(_SLOW_CLIENTS)]
    try:
        for each in slow:
            each.sendall(half)
        time.sleep(0.5)
        spec = LoadSpec(port, stage.size.seconds, CONNECTIONS, PAGE_ID, patience_seconds=2)
        found = stage.load(spec, may_fail=True)
        return float(found["events"] / found["seconds"])
    finally:
        for each in slow:
            each.close()
