"""The platform's side of webhooks: sends deliveries over warm connections and takes the time of each answer.

Run as a process of its own (`python -m bench.load`), so that it does not compete with what it measures for one
interpreter: specification as JSON on standard input, findings as JSON on standard output.
"""

import json
import os
import selectors
import socket
import sys
import time
from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

from bench.deliveries import Deliveries
from bench.figures import percentile
from botapp.clock import SystemClock


@dataclass(frozen=True, slots=True)
class LoadSpec:
    """What to send. Without a rate each connection sends as soon as it was answered; with one, time decides."""

    port: int
    seconds: float
    connections: int
    page_id: str
    customers: int = 1000
    first_customer: int = 0
    batch: int = 1
    per_second: float | None = None
    at_most: int | None = None  # requests
    patience_seconds: float = 20  # for answers that are still on their way at the end
    ago_seconds: float = 0  # how long before its delivery a message was written


class _Line:
    """One warm connection."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.began = 0.0
        self._received = b""

    def send(self, request: bytes, began: float) -> None:
        self.began = began
        self.socket.sendall(request)

    def status(self) -> int | None:
        """What was answered, once all of it is here."""
        part = self.socket.recv(65536)
        if not part:
            raise ConnectionError("the server closed a warm connection")
        self._received += part
        head, found, rest = self._received.partition(b"\r\n\r\n")
        if not found or len(rest) < _length(head):
            return None
        self._received = b""
        return int(head[9:12])


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0


class Load:
    """One run of a specification."""

    def __init__(self, spec: LoadSpec) -> None:
        self._spec = spec
        self._deliveries = Deliveries(
            spec.page_id, spec.customers, spec.batch, f"{os.getpid()}.{time.monotonic_ns()}", spec.first_customer
        )
        self._selector = selectors.DefaultSelector()
        self._free: deque[_Line] = deque()
        self._statuses: dict[int, int] = {}
        self._latencies: list[float] = []
        self._sent = 0
        self._now_milliseconds = 0
        self._clock = SystemClock()

    def run(self) -> dict[str, Any]:
        """Send until the time is over, wait for what is still on its way, and tell what came of it."""
        for _ in range(self._spec.connections):
            line = _Line(self._spec.port)
            self._selector.register(line.socket, selectors.EVENT_READ, line)
            self._free.append(line)
        began = time.perf_counter()
        while self._sends_more(time.perf_counter() - began):
            self._send_what_is_due(began)
            self._take_answers(self._pause(began))
        deadline = time.perf_counter() + self._spec.patience_seconds
        while len(self._free) < self._spec.connections and time.perf_counter() < deadline:
            self._take_answers(0.1)
        return self._findings(time.perf_counter() - began)

    def _sends_more(self, elapsed: float) -> bool:
        most = self._spec.at_most
        return elapsed < self._spec.seconds and (most is None or self._sent < most)

    def _send_what_is_due(self, began: float) -> None:
        now = time.perf_counter()
        self._now_milliseconds = int((self._clock.now().timestamp() - self._spec.ago_seconds) * 1000)
        while self._free and self._sends_more(now - began):
            # What had to wait for a free connection is measured from when it was due: waiting is latency too.
            due = now if self._spec.per_second is None else began + self._sent / self._spec.per_second
            if due > now:
                return
            self._free.popleft().send(self._deliveries.request(self._now_milliseconds), due)
            self._sent += 1

    def _pause(self, began: float) -> float:
        if self._spec.per_second is None or not self._free:
            return 0.1
        return max(0.0, min(0.1, began + self._sent / self._spec.per_second - time.perf_counter()))

    def _take_answers(self, timeout_seconds: float) -> None:
        for key, _ in self._selector.select(timeout_seconds):
            line: _Line = key.data
            status = line.status()
            if status is not None:
                self._latencies.append(time.perf_counter() - line.began)
                self._statuses[status] = self._statuses.get(status, 0) + 1
                self._free.append(line)

    def _findings(self, elapsed: float) -> dict[str, Any]:
        ordered = sorted(self._latencies) or [0.0]
        return {
            "spec": asdict(self._spec),
            "seconds": elapsed,
            "requests": len(self._latencies),
            "events": len(self._latencies) * self._spec.batch,
            "statuses": self._statuses,
            "p50_ms": percentile(ordered, 0.5) * 1000,
            "p99_ms": percentile(ordered, 0.99) * 1000,
            "p999_ms": percentile(ordered, 0.999) * 1000,
            "most_ms": ordered[-1] * 1000,
            "own_cpu_seconds": time.process_time(),
        }


if __name__ == "__main__":
    print(json.dumps(Load(LoadSpec(**json.load(sys.stdin))).run()))
