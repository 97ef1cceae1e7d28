"""Asks an endpoint that speaks OpenAI's chat completions for words. Who answers there is a stranger, perhaps slow."""

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from botapp.channels.transport import Failure, Request, Timeouts, Transport
from botapp.clock import Clock

_PATH = "/chat/completions"
_MOST_TOKENS = 300  # 400 characters in any of our languages, and the citations
_FAILURES_IN_A_ROW = 3
_REST_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Words:
    """What was said there, as it was said."""

    text: str


@dataclass(frozen=True, slots=True)
class NoWords:
    """Why there are none, in a word of ours."""

    detail: str  # resting, total_timeout, connect, http_500, unreadable, …


@dataclass(slots=True)
class Breaker:
    """After failures in a row nobody asks for a while; then one does, and the others wait for what comes of it."""

    clock: Clock
    _failures: int = 0
    _rests_until: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def lets_through(self) -> bool:
        """Whether to ask now."""
        with self._lock:
            if self._failures < _FAILURES_IN_A_ROW:
                return True
            now = self.clock.elapsed()
            if now < self._rests_until:
                return False
            self._rests_until = now + _REST_SECONDS
            return True

    def saw(self, *, failure: bool) -> None:
        """What came of a call."""
        with self._lock:
            self._failures = self._failures + 1 if failure else 0
            if self._failures == _FAILURES_IN_A_ROW:
                self._rests_until = self.clock.elapsed() + _REST_SECONDS


class ChatCompletions:
    """One model behind one endpoint, for any number of threads. It belongs to the process that made it."""

    def __init__(self, base_url: str, model: str, *, key: str | None, timeout_seconds: float, clock: Clock) -> None:
        """`base_url` ends before "/chat/completions"; `timeout_seconds` bounds a call. ValueError: see Transport."""
        bounds = Timeouts(connect_seconds=timeout_seconds, read_seconds=timeout_seconds, total_seconds=timeout_seconds)
        self._transport = Transport(base_url, clock=clock, timeouts=bounds)
        self._headers: Mapping[str, str] = {"Authorization": f"Bearer {key}"} if key else {}
        self._breaker = Breaker(clock)
        self.model = model

    def complete(self, instructions: str, question: str) -> Words | NoWords:
        """What the model says to a question. Never raises for the network; asks once, and nobody while it rests."""
        if not self._breaker.lets_through():
            return NoWords("resting")
        answer = self._ask(({"role": "system", "content": instructions}, {"role": "user", "content": question}))
        self._breaker.saw(failure=isinstance(answer, NoWords))
        return answer

    def close(self) -> None:
        """Close idle connections. No call may be in progress."""
        self._transport.close()

    def _ask(self, messages: Sequence[Mapping[str, str]]) -> Words | NoWords:
        body = {"model": self.model, "messages": messages, "temperature": 0, "max_tokens": _MOST_TOKENS}
        found = self._transport.call(Request("POST", _PATH, self._headers, json.dumps(body).encode()))
        if isinstance(found, Failure):
            return NoWords(found.detail)
        if found.status != HTTPStatus.OK:
            return NoWords(f"http_{found.status}")
        return _words_in(found.body)


def _words_in(body: bytes) -> Words | NoWords:
    try:
        text = json.loads(body)["choices"][0]["message"]["content"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return NoWords("unreadable")
    return Words(text) if isinstance(text, str) else NoWords("unreadable")
