"""Delivers webhooks: one lane per page keeps the order, on a kept connection, repeating until it is taken."""

import heapq
import http.client
import itertools
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import urlencode, urlsplit

from botapp.clock import Clock
from botapp.sandbox import events
from botapp.sandbox.events import Event

_ANSWER_SECONDS = 5.0  # the platform's patience (platform-reference 1.4)
_IDLE_SECONDS = 1.0  # an older idle connection may be half closed by the other side: open a new one
_IMMEDIATE_TRIES = 3
_LONGEST_PAUSE_SECONDS = 60.0
_SHORTEST_BOUND_SECONDS = 2.0
_BATCH = 50  # events that have gathered while a webhook was under way travel together, one entry each
_WAITING_LIMIT = 100_000  # per page; the oldest is dropped beyond it

Report = Callable[[str, Sequence[Event], int | None, int], None]
"""Told after each attempt: page, events, HTTP status (None: no answer, 0: dropped unsent), number of the attempt."""


class WebhookSender:
    """Queues events and delivers them in the background. Lanes start with the first event of their page."""

    def __init__(self, url: str, app_secret: str, clock: Clock, day_seconds: float, report: Report) -> None:
        self._url = url
        self._secret = app_secret
        self._clock = clock
        self._longest_pause_seconds = max(
            _SHORTEST_BOUND_SECONDS, _LONGEST_PAUSE_SECONDS * min(1.0, day_seconds / 86400.0)
        )
        self._report = report
        self._lock = threading.Lock()
        self._lanes: dict[str, _Lane] = {}
        self._closing = threading.Event()

    def queue(self, event: Event, after_seconds: float = 0.0) -> None:
        """Delivers the event once `after_seconds` have passed, behind those of its page that are due before it."""
        with self._lock:
            lane = self._lanes.get(event.page_id)
            if lane is None:
                lane = self._lanes[event.page_id] = _Lane(self)
                lane.start()
        dropped = lane.put(event, self._clock.elapsed() + after_seconds)
        if dropped is not None:
            self._report(event.page_id, [dropped], 0, 0)

    def waiting(self) -> int:
        """How many events are not delivered yet."""
        with self._lock:
            return sum(lane.waiting for lane in self._lanes.values())

    def handshake(self, verify_token: str) -> bool:
        """Whether the webhook passes the platform's verification."""
        connection = self.connect()
        try:
            return connection.handshake(verify_token)
        finally:
            connection.close()

    def close(self) -> None:
        """Stops; what is waiting is lost, as with any queue in memory."""
        self._closing.set()
        with self._lock:
            lanes = list(self._lanes.values())
        for lane in lanes:
            lane.wake()
        for lane in lanes:
            lane.join(_ANSWER_SECONDS)

    def deliver(self, batch: Sequence[Event], connection: "_Connection") -> None:
        """Posts one body until it is answered with 200, reporting each attempt."""
        sent_at = self._clock.now().timestamp()
        body = events.encode(batch, sent_at)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "facebookexternalua",
            "X-Hub-Signature-256": events.sign(body, self._secret),
        }
        for attempt, pause_seconds in enumerate(self._pauses(), 1):
            if self._closing.wait(pause_seconds):
                return
            status = connection.post(body, headers, self._clock.elapsed())
            self._report(batch[0].page_id, batch, status, attempt)
            if status == http.client.OK:
                return

    @property
    def is_closing(self) -> bool:
        return self._closing.is_set()

    def elapsed(self) -> float:
        return self._clock.elapsed()

    def connect(self) -> "_Connection":
        return _Connection(self._url)

    def _pauses(self) -> Iterator[float]:
        yield from itertools.repeat(0.0, _IMMEDIATE_TRIES)
        pause_seconds = min(1.0, self._longest_pause_seconds)
        while True:
            yield pause_seconds
            pause_seconds = min(pause_seconds * 2, self._longest_pause_seconds)


class _Lane(threading.Thread):
    """The events of one page, the one due first at the top."""

    def __init__(self, sender: WebhookSender) -> None:
        super().__init__(name="sandbox-webhooks", daemon=True)
        self._sender = sender
        self._changed = threading.Condition()
        self._due: list[tuple[float, int, Event]] = []
        self._numbers = itertools.count()
        self._under_way = 0

    @property
    def waiting(self) -> int:
        return len(self._due) + self._under_way

    def put(self, event: Event, due: float) -> Event | None:
        """Adds the event; answers the one that had to give way, if any."""
        with self._changed:
            heapq.heappush(self._due, (due, next(self._numbers), event))
            dropped = heapq.heappop(self._due)[2] if len(self._due) > _WAITING_LIMIT else None
            self._changed.notify()
            return dropped

    def wake(self) -> None:
        with self._changed:
            self._changed.notify()

    def run(self) -> None:
        connection = self._sender.connect()
        try:
            while batch := self._next_batch():
                self._sender.deliver(batch, connection)
                self._under_way = 0
        finally:
            connection.close()

    def _next_batch(self) -> list[Event]:
        """Waits for events that are due; an empty answer means the end."""
        with self._changed:
            while not self._sender.is_closing:
                now = self._sender.elapsed()
                batch: list[Event] = []
                while self._due and self._due[0][0] <= now and len(batch) < _BATCH:
                    batch.append(heapq.heappop(self._due)[2])
                if batch:
                    self._under_way = len(batch)
                    return batch
                self._changed.wait(self._due[0][0] - now if self._due else None)
        return []


class _Connection:
    """One kept connection to the bot's webhook."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname or "", parts.port, timeout=_ANSWER_SECONDS)
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._used_at = 0.0

    def post(self, body: bytes, headers: dict[str, str], elapsed: float) -> int | None:
        """The status of the answer, or None where there was none in time."""
        if elapsed - self._used_at > _IDLE_SECONDS:
            self._connection.close()
        self._used_at = elapsed
        answer = self._ask("POST", self._target, body, headers)
        return answer[0] if answer is not None else None

    def handshake(self, verify_token: str) -> bool:
        """Whether the webhook answers the platform's challenge (platform-reference 1.1)."""
        challenge = str(secrets.randbelow(10**9))
        asked = {"hub.mode": "subscribe", "hub.verify_token": verify_token, "hub.challenge": challenge}
        separator = "&" if "?" in self._target else "?"
        answer = self._ask("GET", f"{self._target}{separator}{urlencode(asked)}", None, {})
        return answer == (http.client.OK, challenge.encode())

    def _ask(self, method: str, target: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, bytes] | None:
        try:
            self._connection.request(method, target, body, headers)
            with self._connection.getresponse() as answer:
                return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            return None

    def close(self) -> None:
        self._connection.close()
