"""Redis as workers know it: a doorbell and a rate. It forgets, doubles, delays, and is away at times."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from redis.exceptions import ConnectionError as AwayError

from botapp.simulation.clockwork import MILLISECOND, SECOND, Clockwork, Crashed
from botapp.simulation.faults import Misfortune
from botapp.simulation.record import Record

_JOB_LIVES = 25 * SECOND


@dataclass(slots=True)
class SimulatedRedis:
    """One server."""

    clockwork: Clockwork
    record: Record
    misfortune: Misfortune
    random: Random
    wake_workers: Callable[[], None]
    away_until: int = 0
    kept: dict[tuple[str, int], tuple[float, int]] = field(default_factory=dict)
    paused_until: dict[int, int] = field(default_factory=dict)
    held_until: dict[int, int] = field(default_factory=dict)
    _queued_at: int | None = None

    def flush(self) -> None:
        """FLUSHALL: every key is gone."""
        self.record.counts["fault:redis:flushed"] += 1
        self._queued_at = None
        self.kept.clear()
        self.paused_until.clear()
        self.held_until.clear()

    def ring(self) -> bool:
        """As workers.jobs.Doorbell: one waiting job is enough."""
        self.check_alive()
        if self.clockwork.now < self.away_until:
            return False
        if self.has_job():
            return True
        if self.random.random() < self.misfortune.rates.ring:
            self._ring_badly()
        else:
            self._enqueue()
        return True

    def has_job(self) -> bool:
        return self._queued_at is not None and self.clockwork.now - self._queued_at < _JOB_LIVES

    def take_job(self) -> bool:
        """A worker takes the waiting job, if there is one."""
        if not self.has_job() or self.clockwork.now < self.away_until:
            return False
        self._queued_at = None
        return True

    def check_alive(self) -> None:
        thread = self.clockwork.current
        if thread is not None and thread.process.is_dead:
            raise Crashed

    def _ring_badly(self) -> None:
        how = self.random.choice(("lost", "doubled", "late"))
        self.record.counts[f"fault:ring:{how}"] += 1
        later = self.clockwork.now + int(MILLISECOND * 10 ** self.random.uniform(1, 4.3))
        if how == "doubled":
            self._enqueue()
        if how != "lost":
            self.clockwork.at(later, self._enqueue)

    def _enqueue(self) -> None:
        self._queued_at = self.clockwork.now
        self.clockwork.at(self.clockwork.now + MILLISECOND, self.wake_workers)


@dataclass(slots=True)
class SimulatedRate:
    """As workers.rate.RedisRate: a bucket for each page, and its pauses."""

    redis: SimulatedRedis
    sends_per_second: float

    @property
    def burst(self) -> float:
        """What a page may send at once after a pause."""
        return max(1.0, self.sends_per_second)

    def take(self, account_id: int, wanted: int) -> int:
        self._require()
        now = self.redis.clockwork.now
        if now < max(self.redis.paused_until.get(account_id, 0), self.redis.held_until.get(account_id, 0)):
            return 0
        granted = max(0, min(wanted, int(self._tokens(account_id))))
        self._spend(account_id, granted)
        return granted

    def wait_for_more(self, most_seconds: float) -> bool:  # noqa: ARG002  the port's signature
        """The ticker rings again."""
        return False

    def wait_for_turn(self, account_id: int, most_seconds: float) -> bool:  # noqa: ARG002  the port's signature
        """What was granted holds."""
        return True

    def spend(self, account_id: int) -> bool:
        self._require()
        if self.redis.clockwork.now < self.redis.paused_until.get(account_id, 0):
            return False
        self._spend(account_id, 1)
        return True

    def pause(self, account_id: int, seconds: float) -> None:
        self._require()
        self.redis.paused_until[account_id] = self.redis.clockwork.now + int(seconds * SECOND)

    def hold_proactive(self, account_id: int, seconds: float) -> None:
        self._require()
        self.redis.held_until[account_id] = self.redis.clockwork.now + int(seconds * SECOND)

    def _require(self) -> None:
        self.redis.check_alive()
        if self.redis.clockwork.now < self.redis.away_until:
            raise AwayError("away")

    def _tokens(self, account_id: int) -> float:
        now = self.redis.clockwork.now
        tokens, at = self.redis.kept.get(("bucket", account_id), (self.burst, now))
        return min(self.burst, tokens + (now - at) / SECOND * self.sends_per_second)

    def _spend(self, account_id: int, number: int) -> None:
        left = max(self._tokens(account_id) - number, -self.sends_per_second)
        self.redis.kept["bucket", account_id] = (left, self.redis.clockwork.now)
