"""Taking what is due, by how many windows are open; and looking when nothing is due."""

import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import psycopg
from sqlalchemy import text

from bench.figures import Curve, Figure, Result, at_least, at_most, compare, interleave
from bench.population import Population, populate
from bench.stage import Stage, plain_url
from botapp.storage import reengagements, replies
from botapp.storage.times import to_microseconds

_DELAY = timedelta(hours=4)
_LEASE = timedelta(hours=1)
_LOOKS = 50
_LEAST_ROWS_A_SECOND = {1_000_000: 20_000, 10_000_000: 15_000}
_MOST_POLL_MILLISECONDS = 2
_BARE = """
UPDATE reengagement SET leased_until = %(until)s WHERE ctid = ANY(ARRAY(
  SELECT ctid FROM reengagement
  WHERE account_id = %(account_id)s AND state = 'planned' AND due_at <= %(now)s
    AND (leased_until IS NULL OR leased_until <= %(now)s)
  LIMIT %(limit)s FOR UPDATE SKIP LOCKED))
"""
_FREE = text(
    "UPDATE reengagement SET leased_until = NULL"
    " WHERE account_id = :account_id AND state = 'planned' AND due_at <= :now AND leased_until IS NOT NULL"
)


class _Queue:
    """An installation with many open windows, of which some become due."""

    def __init__(self, stage: Stage, database: str, windows: int) -> None:
        house = stage.house(database)
        self._account = house.add_page("2000")
        self._database = house.installation.database
        self._url = house.installation.settings.database_address
        self._now = house.installation.clock.now()
        self._windows = windows
        self._due = 0
        self.short_leases: list[float] = []  # milliseconds of those that found fewer than they wanted
        span = _DELAY - timedelta(minutes=30)  # nobody is due during the measurement
        self._populate(Population(1, windows, self._now, span, _DELAY))

    def make_due(self, due: int) -> None:
        """So many more wrote between five and four hours ago."""
        self._due = due
        self._populate(Population(self._windows + 1, due, self._now - _DELAY, timedelta(hours=1), _DELAY))

    def poll_milliseconds(self) -> float:
        """One look of the ticker when nothing is due, the median of several."""
        looks = []
        for _ in range(_LOOKS):
            began = time.perf_counter()
            with self._database.reading() as connection:
                now = self._database.now(connection)
                owed = replies.any_waiting(connection, now) or reengagements.accounts_with_due(connection, now)
            looks.append(time.perf_counter() - began)
            if owed:
                raise AssertionError("somebody is due too early")
        return 1000 * sorted(looks)[_LOOKS // 2]

    def rate(self, batch: int) -> float:
        """Rows leased a second while there are as many as are wanted; then all are free again."""
        began, leased = time.perf_counter(), 0
        while leased < self._due - batch:
            leased += self._lease(batch)
        rate = leased / (time.perf_counter() - began)
        began = time.perf_counter()
        leased += self._lease(2 * batch)
        self.short_leases.append(1000 * (time.perf_counter() - began))
        self._free(leased)
        return rate

    def _lease(self, batch: int) -> int:
        with self._database.transaction() as connection:
            until = self._now + _LEASE
            return len(reengagements.lease_due(connection, self._account.id, self._now, until, batch))

    def bare_rate(self, batch: int) -> float:
        """The same by one statement of the driver, in no order."""
        now, until = to_microseconds(self._now), to_microseconds(self._now + _LEASE)
        values = {"account_id": self._account.id, "now": now, "until": until, "limit": batch}
        leased = 0
        with psycopg.connect(plain_url(self._url)) as connection:
            began = time.perf_counter()
            while taken := connection.execute(_BARE, values).rowcount:
                connection.commit()
                leased += taken
            rate = leased / (time.perf_counter() - began)
        self._free(leased)
        return rate

    def _populate(self, population: Population) -> None:
        populate(self._database, self._account.id, self._account.campaign_generation, population)

    def _free(self, leased: int) -> None:
        if leased != self._due:
            raise AssertionError(f"{leased} of {self._due} were leased")
        with self._database.transaction() as connection:
            connection.execute(_FREE, {"account_id": self._account.id, "now": to_microseconds(self._now)})


def run(stage: Stage) -> Result:
    """One size after the other, each with the machine's memory for itself."""
    due = stage.size.pick(10_000, 200)
    batch = stage.size.pick(128, 32)
    sizes = {
        "postgresql": stage.size.pick((10_000, 1_000_000, 10_000_000), (1000,)),
        "sqlite": stage.size.pick((10_000, 1_000_000), (1000,)),
    }
    figures: list[Figure] = []
    polls: dict[str, list[tuple[float, float]]] = {}
    leases: dict[str, list[tuple[float, float]]] = {}
    short: dict[str, list[tuple[float, float]]] = {}
    for database, all_windows in sizes.items():
        for windows in all_windows:
            with stage.part() as part:
                poll, lease, short_lease = _measure(part, database, windows, due, batch)
            figures += [poll, lease, short_lease]
            short.setdefault(database, []).append((windows, short_lease.measured.median))
            polls.setdefault(database, []).append((windows, poll.measured.median))
            leases.setdefault(database, []).append((windows, lease.measured.median))
    return Result(
        figures,
        [
            Curve("leases", "Due plans leased a second", "open windows", "rows/s", leases),
            Curve("short-leases", "A lease that finds fewer than it wants", "open windows", "ms", short),
            Curve("polls", "A look when nothing is due", "open windows", "ms", polls),
        ],
        notes=[f"{due:,} plans are due at once; each transaction leases {batch}, the nearest deadline first."],
    )


def _measure(stage: Stage, database: str, windows: int, due: int, batch: int) -> tuple[Figure, Figure, Figure]:
    queue = _Queue(stage, database, windows)
    polls = [queue.poll_milliseconds() for _ in range(stage.size.rounds)]
    queue.make_due(due)
    measures: dict[str, Callable[[], float]] = {"own": partial(queue.rate, batch)}
    if database == "postgresql":
        measures["bare"] = partial(queue.bare_rate, batch)
    rates = interleave(stage.size.rounds, measures)
    what = f"{database}, {windows:,} open windows"
    least = _LEAST_ROWS_A_SECOND.get(windows) if database == "postgresql" else None
    return (
        compare(f"{what}: a look when nothing is due", "ms", polls, budget=at_most(_MOST_POLL_MILLISECONDS)),
        compare(
            f"{what}: due plans leased",
            "1/s",
            rates["own"],
            against=("one bare statement with commit, unordered", rates["bare"]) if "bare" in rates else None,
            budget=at_least(least) if least else None,
        ),
        compare(f"{what}: a lease that finds fewer than it wants", "ms", queue.short_leases),
    )
