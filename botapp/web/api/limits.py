"""How many requests a key may make: a bucket for each, in this process, so that it holds with Redis away, too."""

import threading
from collections import OrderedDict

from botapp.clock import Clock

_MOST_BUCKETS = 10_000


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
