"""The sending rate of each page: a token bucket in Redis, on Redis's own clock, shared by all workers.

A full bucket and what flows into it within a second are together no more than the rate: no second is granted more.
"""

from redis import Redis

from botapp.policy.overload import Rate

_BUCKET = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1e6
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
if tonumber(ARGV[4]) == 0 and redis.call('EXISTS', KEYS[3]) == 1 then return 0 end
local rate, capacity, wanted, least = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = tonumber(kept[1]) or capacity, tonumber(kept[2]) or now
tokens = math.min(capacity, tokens + math.max(0, now - at) * rate)
local granted = wanted
if least == 0 then granted = math.max(0, math.min(wanted, math.floor(tokens))) end
redis.call('HSET', KEYS[1], 'tokens', tostring(math.max(tokens - granted, -capacity)), 'at', tostring(now))
redis.call('EXPIRE', KEYS[1], 3600)
return granted
"""

_BURST_SHARE = 0.2  # of the rate: so many may start at once
_LEAST_FLOW_SHARE = 0.5  # of rates so low that one message is more than a second's


def bucket_of(sends_per_second: float) -> Rate:
    """What flows into a page's bucket, and how much it holds."""
    capacity = max(1.0, _BURST_SHARE * sends_per_second)
    return Rate(max(sends_per_second - capacity, _LEAST_FLOW_SHARE * sends_per_second), burst=capacity)


class RedisRate:
    """See channels/rate.py. Raises RedisError when Redis is away: then nothing is sent."""

    def __init__(self, connection: Redis, *, sends_per_second: float) -> None:
        self._connection = connection
        bucket = bucket_of(sends_per_second)
        self._flow, self._capacity = bucket.per_second, bucket.burst
        self._script = connection.register_script(_BUCKET)

    def take(self, account_id: int, wanted: int) -> int:
        """Re-engagements wait for their turn."""
        return self._run(account_id, wanted, at_least=0)

    def give_back(self, account_id: int, unused: int) -> None:
        """What was granted for nothing is there for the next."""
        self._run(account_id, -unused, at_least=1)

    def spend(self, account_id: int) -> bool:
        """Answers count, but go first: the bucket may go below nothing for them."""
        return self._run(account_id, 1, at_least=1) == 1

    def pause(self, account_id: int, seconds: float) -> None:
        self._connection.set(self._pause_key(account_id), "1", px=max(1, int(seconds * 1000)))

    def hold_proactive(self, account_id: int, seconds: float) -> None:
        self._connection.set(self._hold_key(account_id), "1", px=max(1, int(seconds * 1000)))

    def _run(self, account_id: int, wanted: int, *, at_least: int) -> int:
        keys = [f"botapp:bucket:{account_id}", self._pause_key(account_id), self._hold_key(account_id)]
        return int(self._script(keys=keys, args=[self._flow, self._capacity, wanted, at_least]))

    @staticmethod
    def _pause_key(account_id: int) -> str:
        return f"botapp:pause:{account_id}"

    @staticmethod
    def _hold_key(account_id: int) -> str:
        return f"botapp:hold:{account_id}"
