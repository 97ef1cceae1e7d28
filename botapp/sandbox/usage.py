"""How much each page calls: the limit of sends, and the percentages in the headers (platform-reference 2.6)."""

import json
import threading
from collections import deque
from dataclasses import dataclass, field

_HOUR_SECONDS = 3600.0
_SLICES = 60
_SENDS_SECONDS = 1.0
_PROFILE_CALLS = 10
_PROFILE_SECONDS = 600.0


@dataclass(slots=True)
class _PageUse:
    sends: deque[float] = field(default_factory=deque)
    profile_calls: deque[float] = field(default_factory=deque)
    slices: deque[tuple[int, int]] = field(default_factory=lambda: deque(maxlen=_SLICES))


class CallMeter:
    """Counts calls per page, on a clock in seconds that never goes back. Safe to share between threads.

    The limit per second is any second, not the calendar's. The rolling hour and the ten minutes of the profile
    API shrink with the day.
    """

    def __init__(self, sends_per_second: float, day_seconds: float) -> None:
        self._sends_per_second = sends_per_second
        self._scale = day_seconds / 86400.0
        self._lock = threading.Lock()
        self._pages: dict[str, _PageUse] = {}

    def allow_send(self, page_id: str, elapsed: float) -> bool:
        """Counts one send, unless it is one too many."""
        with self._lock:
            return _admit(self._use(page_id).sends, elapsed, _SENDS_SECONDS, self._sends_per_second)

    def allow_profile_call(self, page_id: str, elapsed: float) -> bool:
        """Counts one call of the Messenger Profile API, unless it is one too many."""
        with self._lock:
            calls = self._use(page_id).profile_calls
            return _admit(calls, elapsed, _PROFILE_SECONDS * self._scale, _PROFILE_CALLS)

    def count(self, page_id: str, elapsed: float) -> float:
        """Counts any call; answers what percentage of the rolling hour's budget is used."""
        slice_now = int(elapsed / (_HOUR_SECONDS * self._scale / _SLICES))
        with self._lock:
            slices = self._use(page_id).slices
            calls = 1
            if slices and slices[-1][0] == slice_now:
                calls += slices.pop()[1]
            slices.append((slice_now, calls))
            used = sum(calls for at, calls in slices if at > slice_now - _SLICES)
        return 100.0 * used / max(self._sends_per_second * _HOUR_SECONDS * self._scale, 1.0)

    def _use(self, page_id: str) -> _PageUse:
        return self._pages.setdefault(page_id, _PageUse())


def usage_headers(page_id: str, percent: float) -> dict[str, str]:
    """The three headers of every answer. At 100 % they also say when to come back, in minutes."""
    whole = int(percent)
    use = {"call_count": whole, "total_time": whole, "total_cputime": whole}
    minutes = 1 if whole >= 100 else 0  # noqa: PLR2004  # per cent
    business = {page_id: [{"type": "messenger", **use, "estimated_time_to_regain_access": minutes}]}
    return {
        "X-App-Usage": json.dumps(use),
        "X-Page-Usage": json.dumps(use),
        "X-Business-Use-Case-Usage": json.dumps(business),
    }


def _admit(times: deque[float], elapsed: float, span_seconds: float, limit: float) -> bool:
    while times and times[0] <= elapsed - span_seconds:
        times.popleft()
    if len(times) >= limit:
        return False
    times.append(elapsed)
    return True
