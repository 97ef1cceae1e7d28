"""A small Graph API for tests that want no sandbox: it accepts every message and remembers when."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any


@dataclass(frozen=True, slots=True)
class Arrival:
    """One message that a person received."""

    at: float  # on the monotonic clock
    psid: str
    messaging_type: str
    text: str


@dataclass
class Graph:
    """What arrived, in order."""

    url: str
    arrivals: list[Arrival] = field(default_factory=list)

    def to(self, psid: str, messaging_type: str) -> list[Arrival]:
        """Of one person: "RESPONSE" are answers, "UPDATE" re-engagements."""
        return [a for a in self.arrivals if (a.psid, a.messaging_type) == (psid, messaging_type)]


@contextmanager
def running_graph() -> Iterator[Graph]:
    """Serves on a port of its own until the block ends."""
    numbers = count(1)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            arrival = Arrival(
                time.monotonic(), body["recipient"]["id"], body["messaging_type"], body["message"]["text"]
            )
            graph.arrivals.append(arrival)
            self._answer({"recipient_id": arrival.psid, "message_id": f"m_{next(numbers)}"})

        def do_GET(self) -> None:
            self._answer({"first_name": "Alice", "id": self.path.rpartition("/")[2].partition("?")[0]})

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is http.server's
            pass

        def _answer(self, content: dict[str, Any]) -> None:
            body = json.dumps(content).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    graph = Graph(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield graph
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
