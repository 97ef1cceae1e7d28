"""The sending rate of each page: a token bucket in Redis, on Redis's own clock, shared by all workers.

A token may be written with for a moment only, and what a bucket gives in a second and such a moment is no more than the
rate: however late threads get to their writes, no second sees more. Who comes too late for theirs waits for another.
"""

import threading
import time
from collections import defaultdict, deque
from dataclasses import dataclass
from math import floor

from redis import Redis
from redis.commands.core import Script
from redis.exceptions import RedisError

from botapp.policy.overload import Rate

_BUCKET = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1e6
local flow, capacity, debt, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = tonumber(kept[1]) or capacity, tonumber(kept[2]) or now
tokens = math.min(capacity, tokens + math.max(0, now - at) * flow)
local is_paused = redis.call('EXISTS', KEYS[2]) == 1
local is_held = is_paused or redis.call('EXISTS', KEYS[3]) == 1
local function spend(number)
  local left = tostring(math.max(tokens - number, -debt))
  redis.call('HSET', KEYS[1], 'tokens', left, 'at', string.format('%.6f', now))
  redis.call('EXPIRE', KEYS[1], 3600)
end
"""
_TAKE = f"""{_BUCKET}
if is_held then return -1 end
local granted = math.max(0, math.min(wanted, math.floor(tokens)))
spend(granted)
return granted
"""
_SPEND = f"""{_BUCKET}
if is_paused then return -1 end
spend(wanted)
return wanted
"""
_RESERVE = f"""{_BUCKET}
local microseconds = math.ceil(math.max(0, 1 - tokens) / flow * 1e6)
if is_held or microseconds > wanted then return -1 end
spend(1)
return microseconds
"""

_REFUSED = -1
_BURST_SHARE = 1 / 15  # of the rate: so many may start at once
_HOLDS_SECONDS = 0.1  # a token, from its grant to the write
_LONGEST_HOLDS_SECONDS = 5.0  # at rates so low that few are granted in a second
_ON_THE_WAY_SECONDS = 0.05  # from the last question to the platform; what differs from this may bring two together
_LONGEST_WAIT_SECONDS = 1.0  # for a turn, with a claim in hand
_LOOK_AGAIN_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Bucket:
    """What flows into a page's bucket, how much it holds, and for how long a token does."""

    flow: float
    capacity: float
    holds_seconds: float

    @staticmethod
    def of(sends_per_second: float) -> "Bucket":
        """The one that no second sees more of than the rate, or than one where the rate is below that."""
        capacity = max(1.0, _BURST_SHARE * sends_per_second)
        holds_seconds = min(max(_HOLDS_SECONDS, 1 / sends_per_second), _LONGEST_HOLDS_SECONDS)
        # Tokens are whole: however long it fills, the last that is less than one is not given.
        fitting = (max(1, floor(sends_per_second)) + 1 - capacity) / (1 + holds_seconds + _ON_THE_WAY_SECONDS)
        return Bucket(min(sends_per_second, fitting), capacity, holds_seconds)


def bucket_of(sends_per_second: float) -> Rate:
    """What a page may send with such a bucket."""
    bucket = Bucket.of(sends_per_second)
    return Rate(bucket.flow, burst=bucket.capacity)


class _Stock:
    """What this process was granted and has not written with, by page. A token is not that of one message."""

    def __init__(self, holds_seconds: float) -> None:
        self._holds_seconds = holds_seconds
        self._lock = threading.Lock()
        self._granted_at: defaultdict[int, deque[float]] = defaultdict(deque)

    def add(self, account_id: int, number: int, granted_at: float) -> None:
        with self._lock:
            self._those_that_hold(account_id).extend([granted_at] * number)

    def use(self, account_id: int) -> bool:
        """One less, if there is one that holds."""
        with self._lock:
            kept = self._those_that_hold(account_id)
            if kept:
                kept.popleft()
                return True
            return False

    def _those_that_hold(self, account_id: int) -> deque[float]:
        """The others are gone for good: nothing that was granted is given back, or a second could be granted more."""
        kept, oldest = self._granted_at[account_id], time.monotonic() - self._holds_seconds
        while kept and kept[0] < oldest:
            kept.popleft()
        return kept


class RedisRate:
    """See channels/rate.py. Raises RedisError when Redis is away: then nothing is sent."""

    def __init__(self, connection: Redis, *, sends_per_second: float) -> None:
        self._connection = connection
        self._bucket = Bucket.of(sends_per_second)
        self._debt = max(self._bucket.capacity, sends_per_second)  # a second's: more than that need not be made up for
        self._take, self._spend, self._reserve = map(connection.register_script, (_TAKE, _SPEND, _RESERVE))
        self._stock = _Stock(self._bucket.holds_seconds)
        self._is_dry = False  # a page got nothing, and only because its bucket was empty

    def take(self, account_id: int, wanted: int) -> int:
        """Re-engagements wait for their turn."""
        asked_at = time.monotonic()
        granted = self._run(self._take, account_id, wanted)
        self._is_dry = self._is_dry or (granted == 0 and wanted > 0)
        self._stock.add(account_id, max(granted, 0), asked_at)
        return max(granted, 0)

    def wait_for_more(self, most_seconds: float) -> bool:
        """For as long as the next token takes, or a moment."""
        is_dry, self._is_dry = self._is_dry, False
        wait_seconds = max(_LOOK_AGAIN_SECONDS, 1 / self._bucket.flow)
        if not is_dry or wait_seconds > most_seconds:
            return False
        time.sleep(wait_seconds)
        return True

    def wait_for_turn(self, account_id: int, most_seconds: float) -> bool:
        """As a rule without a question to Redis: what was granted just now still holds."""
        if self._stock.use(account_id):
            return True
        try:
            within_seconds = max(0.0, min(most_seconds, _LONGEST_WAIT_SECONDS))
            microseconds = self._run(self._reserve, account_id, int(within_seconds * 1e6))
        except RedisError:
            return False
        if microseconds == _REFUSED:
            return False
        time.sleep(microseconds / 1e6)
        return True

    def spend(self, account_id: int) -> bool:
        """Answers count, but go first: the bucket may go below nothing for them."""
        return self._run(self._spend, account_id, 1) == 1

    def pause(self, account_id: int, seconds: float) -> None:
        self._connection.set(self._pause_key(account_id), "1", px=max(1, int(seconds * 1000)))

    def hold_proactive(self, account_id: int, seconds: float) -> None:
        self._connection.set(self._hold_key(account_id), "1", px=max(1, int(seconds * 1000)))

    def _run(self, script: Script, account_id: int, wanted: int) -> int:
        keys = [f"botapp:bucket:{account_id}", self._pause_key(account_id), self._hold_key(account_id)]
        return int(script(keys=keys, args=[self._bucket.flow, self._bucket.capacity, self._debt, wanted]))

    @staticmethod
    def _pause_key(account_id: int) -> str:
        return f"botapp:pause:{account_id}"

    @staticmethod
    def _hold_key(account_id: int) -> str:
        return f"botapp:hold:{account_id}"
