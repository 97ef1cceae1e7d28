"""What befalls whole servers: Redis, the platform, the database, clocks, and processes that are killed while idle."""

from dataclasses import dataclass
from random import Random

from botapp.simulation.clockwork import HOUR, MILLISECOND, MINUTE, Clockwork, HostClock
from botapp.simulation.faults import Misfortune
from botapp.simulation.platform import Platform
from botapp.simulation.processes import Host
from botapp.simulation.record import Record
from botapp.simulation.redis import SimulatedRedis


@dataclass(slots=True)
class Outages:
    """One after the other, at random, and some of them when something is about to fall due."""

    clockwork: Clockwork
    record: Record
    misfortune: Misfortune
    random: Random
    redis: SimulatedRedis
    platform: Platform
    database_clock: HostClock
    hosts: list[Host]
    page_ids: list[str]
    ends_at: int

    def begin(self) -> None:
        hours = self.misfortune.rates.outage_hours
        if not hours:
            return
        at = self.clockwork.now + int(self.random.expovariate(1 / hours) * HOUR)
        if at < self.ends_at:
            self.clockwork.at(at, self._strike)

    def _strike(self) -> None:
        outages = (
            self._redis_away, self._flush, self._platform_away, self._throttle, self._database_away, self._step_clock,
            self._kill,
        )  # fmt: skip
        chosen = self.random.choice(outages)
        self.record.counts[f"fault:outage:{chosen.__name__.strip('_')}"] += 1
        chosen()
        self.begin()

    def _length(self, longest: int) -> int:
        """From a tenth of a second, short ones more often than long ones."""
        shortest = 100 * MILLISECOND
        return int(shortest * (longest / shortest) ** self.random.random())

    def _redis_away(self) -> None:
        self.redis.away_until = self.clockwork.now + self._length(30 * MINUTE)
        self._fall_ill("redis", self.redis.away_until)
        if self.random.random() < 0.5:  # noqa: PLR2004  half of the time it comes back empty
            self.clockwork.at(self.redis.away_until, self.redis.flush)

    def _flush(self) -> None:
        self.redis.flush()

    def _platform_away(self) -> None:
        self.platform.away_until = self.clockwork.now + self._length(30 * MINUTE)
        self._fall_ill("platform", self.platform.away_until)

    def _throttle(self) -> None:
        until = self.clockwork.now + self._length(20 * MINUTE)
        self.platform.throttled_until[self.random.choice(self.page_ids)] = until
        self._fall_ill("throttled", until)

    def _database_away(self) -> None:
        self.misfortune.database_away_until = self.clockwork.now + self._length(2 * MINUTE)
        self._fall_ill("database", self.misfortune.database_away_until)

    def _step_clock(self) -> None:
        skew = self.misfortune.rates.skew_milliseconds * 1000
        clock = self.random.choice([self.database_clock, *(host.process.clock for host in self.hosts)])
        clock.step_to(self.random.randint(-skew, skew))

    def _kill(self) -> None:
        host = self.random.choice(self.hosts)
        host.process.crash()
        host.watch()

    def _fall_ill(self, what: str, until: int) -> None:
        self.record.falls_ill(what)
        self.clockwork.at(until, lambda: self._perhaps_recover(what))

    def _perhaps_recover(self, what: str) -> None:
        """Unless it fell ill again meanwhile."""
        now = self.clockwork.now
        ends = {
            "redis": self.redis.away_until,
            "platform": self.platform.away_until,
            "database": self.misfortune.database_away_until,
            "throttled": max(self.platform.throttled_until.values(), default=0),
        }
        if ends[what] <= now:
            self.record.recovers(what)
