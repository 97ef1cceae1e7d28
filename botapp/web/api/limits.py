"""How many requests a key may make: a bucket for each, in this process, so that it holds with Redis away, too."""

import math
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from botapp.clock import Clock
from botapp.web.api.problems import ProblemError

_MOST_BUCKETS = 10_000


@dataclass(frozen=True, slots=True)
class RateTold:
    """How a key stands: whole requests that it may make at once, and when it may make all of its burst again."""

    quota: int
    window_seconds: int
    left: int
    full_in_seconds: int


class RequestLimit:
    """So many requests a second for each key on average, and a burst of a few seconds' worth."""

    def __init__(self, clock: Clock, requests_per_second: float, burst_seconds: float = 10.0) -> None:
        self._clock = clock
        self._rate = requests_per_second
        self._capacity = max(1.0, requests_per_second * burst_seconds)
        self._buckets: OrderedDict[int, tuple[float, float]] = OrderedDict()  # by key: what is left, and as of when
        self._lock = threading.Lock()

    def take(self, key_id: int) -> float:
        """0 if the request may go on; else after how many seconds the next may."""
        with self._lock:
            now = self._clock.elapsed()
            left, at = self._buckets.pop(key_id, (self._capacity, now))
            left = min(self._capacity, left + (now - at) * self._rate)
            is_granted = left >= 1
            self._buckets[key_id] = (left - 1 if is_granted else left), now
            if len(self._buckets) > _MOST_BUCKETS:
                self._buckets.popitem(last=False)
        return 0.0 if is_granted else (1 - left) / self._rate

    def tell(self, key_id: int) -> RateTold:
        """How the key stands after its last request."""
        with self._lock:
            left, _ = self._buckets.get(key_id, (self._capacity, 0.0))
        window, full_in = self._capacity / self._rate, (self._capacity - left) / self._rate
        return RateTold(math.floor(self._capacity), math.ceil(window), math.floor(left), math.ceil(full_in))


class ListTurns:
    """How many long lists a process takes or gives at a time: each holds one of the threads that webhooks need."""

    def __init__(self, at_once: int = 2, again_in_seconds: int = 5) -> None:
        self._turns = threading.BoundedSemaphore(at_once)
        self._again_in_seconds = again_in_seconds

    def begin(self) -> Callable[[], None]:
        """What is to be called at the end. Problem 429: others are being taken or given."""
        if not self._turns.acquire(blocking=False):
            headers = {"Retry-After": str(self._again_in_seconds)}
            detail = "Other lists are being taken or given; come again as Retry-After says."
            raise ProblemError(HTTPStatus.TOO_MANY_REQUESTS, "too-many-lists", detail, headers=headers)
        return self._turns.release
