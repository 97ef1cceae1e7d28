"""An installation in which many are due, and the workers that write to a platform which only counts."""

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from bench.population import Population, populate
from bench.stage import Arrival, House, Platform, Stage
from botapp.storage.schema import reengagement

DELAY = timedelta(hours=4)
_LOOK_SECONDS = 0.2
_STALL_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Sending:
    """What arrived at the platform, in order."""

    arrivals: Sequence[Arrival]

    def steady_rate(self) -> float:
        """Messages a second between the first tenth and the last."""
        tenth = len(self.arrivals) // 10
        steady = self.arrivals[tenth : len(self.arrivals) - tenth]
        return (len(steady) - 1) / (steady[-1].epoch - steady[0].epoch)

    def most_in_a_second(self) -> int:
        """The greatest number in any second."""
        times = [arrival.epoch for arrival in self.arrivals]
        most = first = 0
        for last, epoch in enumerate(times):
            while times[first] <= epoch - 1:
                first += 1
            most = max(most, last - first + 1)
        return most

    def copies(self) -> int:
        """Messages that a person got more than once."""
        return sum(number - 1 for number in Counter(arrival.psid for arrival in self.arrivals).values())


class Queue:
    """Re-engagements of one or more pages, due when the row says."""

    def __init__(self, stage: Stage, latency_seconds: float, threads: int) -> None:
        self.platform: Platform = stage.platform(latency_seconds)
        self.house: House = stage.house("postgresql", graph_url=self.platform.url, sender_threads=str(threads))
        self._pages = 0
        self._people = 0

    def start(self, workers: int) -> None:
        """A ticker and so many workers. From now on nobody else can be added."""
        self.house.process("ticker")
        for number in range(workers):
            self.house.process("worker", number)

    def now(self) -> datetime:
        """The host's clock."""
        return self.house.installation.clock.now()

    def add_due(self, count: int, until: datetime, span: timedelta) -> None:
        """A page more: so many are due, evenly over `span` before `until`."""
        self._pages += 1
        account = self.house.add_page(f"{2000 + self._pages}")
        database = self.house.installation.database
        population = Population(self._people + 1, count, until - DELAY, span, DELAY)
        populate(database, account.id, account.campaign_generation, population)
        self._people += count

    def wait_until_sent(self, count: int) -> Sending:
        """Until the platform has so many; what stalls is a fault of ours."""
        seen, moved_at = 0, time.monotonic()
        while seen < count:
            time.sleep(_LOOK_SECONDS)
            now_seen = self._ended()
            if now_seen > seen:
                seen, moved_at = now_seen, time.monotonic()
            if time.monotonic() - moved_at > _STALL_SECONDS:
                raise AssertionError(f"only {seen} of {count} were sent\n{self.house.crew.log_tails()}")
        return Sending(self.platform.arrivals())

    def wait_for_first(self) -> Sequence[Arrival]:
        """Until workers are at it; what arrived by then."""
        deadline = time.monotonic() + _STALL_SECONDS
        while not (arrivals := self.platform.arrivals()):
            if time.monotonic() > deadline:
                raise AssertionError("nothing was sent")
            time.sleep(_LOOK_SECONDS)
        return arrivals

    def _ended(self) -> int:
        with suppress(ConnectionError), self.house.installation.database.reading() as connection:
            ended = select(func.count()).select_from(reengagement).where(reengagement.c.state == "sent")
            return int(connection.execute(ended).scalar_one())
        return 0
