"""Where the CPU of an event goes: the layers of a webhook, each by how often it is seen at work.

The web application is called in this process, by this thread alone. So the server's part, and what threads cost one
another, are not in it: the rows `webhook` and `batches` have them.
"""

import io
from functools import partial
from typing import Any

from bench.deliveries import SECRET, Deliveries
from bench.figures import Figure, Result, compare, interleave
from bench.sampling import Shares
from bench.stage import DATABASES, PAGE_ID, House, Stage
from botapp.channels.messenger.signature import sign

_BATCHES = (1, 100)
_CUSTOMERS = 5_000
_REST = "all else"
# Whose the time is, by the innermost frame that one of these fits; what a library does is its caller's.
_LAYERS = {
    "botapp/storage/statement.py:_execute": "the databases' drivers",
    "botapp/storage/statement.py:_fetch": "the databases' drivers",
    "botapp/storage/statement.py:run_each": "the databases' drivers",
    "botapp/storage/statement.py:those_changed": "the databases' drivers",
    "botapp/storage/pipeline.py:": "the databases' drivers",
    "botapp/storage/": "rows: their values, and what is read of them",
    "botapp/understanding/mentions.py:": "facts in what was written",
    "botapp/understanding/": "wishes in what was written",
    "botapp/channels/": "signature, and events out of JSON",
    "botapp/policy/": "deciding and planning",
    "botapp/reengagement/": "deciding and planning",
    "botapp/conversation/": "folding",
    "/sqlalchemy/": "connection and transaction",
    "/flask/": "Flask",
    "/werkzeug/": "Flask",
    "botapp/web/": "Flask",
}


class _Site:
    """One installation's web application, called without a server."""

    def __init__(self, house: House) -> None:
        self._app = house.installation.web_app(ring=lambda: True)
        self._clock = house.installation.clock
        self._deliveries = {batch: Deliveries(PAGE_ID, _CUSTOMERS, batch, f"layers.{batch}") for batch in _BATCHES}
        self.costs: dict[tuple[int, str], list[float]] = {}

    def take(self, batch: int, events: int) -> float:
        """So many events; the microseconds of each. What each layer has of them is kept."""
        shares = Shares(_layer_of)
        requests = [self._request(batch) for _ in range(events // batch)]
        with shares.looking():
            for request in requests:
                self._call(request)
        taken = {layer: 1e6 * seconds / events for layer, seconds in shares.seconds().items()}
        for layer in (*dict.fromkeys(_LAYERS.values()), _REST):
            self.costs.setdefault((batch, layer), []).append(taken.get(layer, 0.0))
        return 1e6 * shares.cpu_seconds / events

    def _request(self, batch: int) -> dict[str, Any]:
        body = self._deliveries[batch].body(int(self._clock.now().timestamp() * 1000))
        return {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/webhooks/messenger",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_X_HUB_SIGNATURE_256": sign(body, SECRET),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
        }

    def _call(self, request: dict[str, Any]) -> None:
        statuses: list[str] = []
        b"".join(self._app(request, lambda status, _headers: statuses.append(status)))  # type: ignore[arg-type]  # nobody writes
        if statuses != ["200 OK"]:
            raise RuntimeError(f"not answered 200: {statuses}")


def run(stage: Stage) -> Result:
    """Single events and batches in turn, on both databases."""
    sites = {name: _Site(stage.house(name)) for name in DATABASES}
    events = stage.size.pick({1: 1_000, 100: 5_000}, {1: 20, 100: 200})
    for site in sites.values():
        for batch in _BATCHES:
            site.take(batch, events[batch])  # what is done only once is done
        site.costs.clear()
    totals = interleave(
        stage.size.rounds,
        {f"{name} {b}": partial(site.take, b, events[b]) for name, site in sites.items() for b in _BATCHES},
    )
    figures = [f for name, site in sites.items() for b in _BATCHES for f in _figures(name, b, site, totals)]
    return Result(figures)


def _figures(name: str, batch: int, site: _Site, totals: dict[str, list[float]]) -> list[Figure]:
    whole = totals[f"{name} {batch}"]
    of = f"{name}, batches of {batch}: CPU of an event"
    layers = [(layer, costs) for (size, layer), costs in site.costs.items() if size == batch]
    return [compare(of, "µs", whole)] + [
        compare(f"{of}: {layer}", "µs", costs, against=("the whole", whole)) for layer, costs in layers
    ]


def _layer_of(file: str, function: str) -> str | None:
    if file == __file__:
        return _REST
    place = f"{file}:{function}"
    return next((layer for part, layer in _LAYERS.items() if part in place), None)
