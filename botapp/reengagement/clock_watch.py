"""Whether the clocks agree: the platform's, by which windows close, and ours, by which we decide that they are open.

All are compared on the monotonic clock of this process, which nobody sets: a wall clock that is stepped shows at once.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from botapp.clock import Clock

_WHOLE_SECONDS = timedelta(seconds=1)  # a Date header has no finer ones
_KNOWN_FOR_SECONDS = 600.0
_ASKED_AGAIN_AFTER_SECONDS = 5.0
_log = logging.getLogger(__name__)


class TimeSource(Protocol):
    """The platform's side of a look at its clock."""

    def platform_now(self, token: str) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a clock would have shown when the monotonic one stood at 0: somewhere from `earliest` to `latest`."""

    earliest: datetime
    latest: datetime

    @staticmethod
    def of(shown: datetime, after: float, before: float, coarseness: timedelta = timedelta(0)) -> "_Seen":
        """Read between two instants of the monotonic clock."""
        return _Seen(shown - timedelta(seconds=before), shown + coarseness - timedelta(seconds=after))

    def apart(self, other: "_Seen") -> timedelta:
        """How far the two are apart at the least: what lies within the errors of reading is no difference."""
        return max(self.earliest - other.latest, other.earliest - self.latest, timedelta(0))


class ClockWatch:
    """Remembers the platform's clock. One for a process, for any number of threads."""

    def __init__(self, clock: Clock, source: TimeSource, most_apart: timedelta) -> None:
        """`most_apart`: from there on nothing proactive is sent; half of the skew that the send allowance covers."""
        self._clock = clock
        self._source = source
        self._most_apart = most_apart
        self._seen: tuple[_Seen, float] | None = None
        self._asking = threading.Lock()
        self._asked_at = float("-inf")
        self._is_doubted = False  # they disagreed: perhaps no longer

    def is_known(self) -> bool:
        """Whether the platform's clock was seen lately."""
        return self._seen is not None and self._clock.elapsed() - self._seen[1] < _KNOWN_FOR_SECONDS

    def saw(self, platform_now: datetime | None, asked_after: float) -> None:
        """The Date of an answer to a request begun at `asked_after`. One that took too long tells too little."""
        answered_before = self._clock.elapsed()
        span = _WHOLE_SECONDS + timedelta(seconds=answered_before - asked_after)
        if platform_now is not None and span <= self._most_apart:
            self._seen = (_Seen.of(platform_now, asked_after, answered_before, _WHOLE_SECONDS), answered_before)
            self._is_doubted = False

    def make_known(self, load_token: Callable[[], str]) -> None:
        """Ask the platform unless its clock was seen lately and agreed; one thread does, and not at every turn."""
        if self._is_settled():
            return
        with self._asking:
            if self._is_settled() or self._clock.elapsed() - self._asked_at < _ASKED_AGAIN_AFTER_SECONDS:
                return
            self._asked_at = self._clock.elapsed()
            self.saw(self._source.platform_now(load_token()), self._asked_at)

    def apart(self, database_now: datetime, read_after: float) -> timedelta | None:
        """How far the platform's clock is from the database's, read since `read_after`, or from this host's.

        The greater of the two, at the least; None where the platform's is not known.
        """
        seen = self._seen
        if seen is None or not self.is_known():
            return None
        now = self._clock.elapsed()
        host = _Seen.of(self._clock.now(), now, self._clock.elapsed())
        return max(seen[0].apart(_Seen.of(database_now, read_after, now)), seen[0].apart(host))

    def disagree(self, database_now: datetime, read_after: float) -> bool:
        """Whether they are certain to be too far apart."""
        found = self.apart(database_now, read_after)
        is_too_far = found is not None and found > self._most_apart
        if is_too_far and not self._is_doubted:
            _log.error("the clocks of this host, the database and the platform disagree by %s: nothing is sent", found)
        self._is_doubted = self._is_doubted or is_too_far
        return is_too_far

    def _is_settled(self) -> bool:
        return self.is_known() and not self._is_doubted
