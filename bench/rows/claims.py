"""Claims, each decided from fresh facts and committed, beside the bare conditional update with commit."""

import secrets
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import psycopg
from sqlalchemy import select

from bench.bare_sql import Script
from bench.figures import Figure, Result, at_least_of_limit, compare, interleave
from bench.machine import on_one_core
from bench.population import Population, populate
from bench.recorder import Recorder
from bench.stage import DATABASES, House, Stage, plain_url
from botapp.clock import SystemClock
from botapp.reengagement.claim import Claimer
from botapp.reengagement.delivery import Stopwatch
from botapp.storage.reengagements import ReengagementKey
from botapp.storage.schema import reengagement
from botapp.storage.times import to_microseconds

_DELAY = timedelta(hours=4)
_LEAST_SHARE_OF_LIMIT = 0.6
_DAY_MICROSECONDS = 86_400_000_000
_BARE = """
UPDATE reengagement SET state = 'claimed', leased_until = NULL, claim_token = %s, claimed_at = %s, opened_at = %s,
  closes_at = %s, send_allowance = 300000000, least_gap = 86700000000, rule_name = 'r', rule_version = 1,
  template_name = 't', template_version = 1, text = 'Hello there, is there anything else?'
WHERE account_id = %s AND contact_id = %s AND interaction_at = %s AND state = 'planned'
"""


@dataclass
class _Due:
    """An installation in which many plans are due, handed out once each."""

    house: House
    keys: Sequence[ReengagementKey]
    _taken: int = 0

    @staticmethod
    def of(stage: Stage, database: str, count: int, until: datetime) -> "_Due":
        """The last of them became due at `until`, one delay later."""
        house = stage.house(database)
        account = house.add_page("2000")
        installation = house.installation
        population = Population(1, count, until, timedelta(hours=1), _DELAY)
        populate(installation.database, account.id, account.campaign_generation, population)
        with installation.database.reading() as connection:
            key = select(reengagement.c.account_id, reengagement.c.contact_id, reengagement.c.interaction_at)
            rows = connection.execute(key.order_by(reengagement.c.due_at)).all()
        return _Due(house, [ReengagementKey(*row) for row in rows])

    def claim_rate(self, threads: int, count: int) -> float:
        """Claims a second by production's own claimer."""
        installation = self.house.installation
        claimer = Claimer(installation.database, installation.house, installation.planner.live_rules)

        def claim(key: ReengagementKey) -> None:
            if claimer.claim(key, Stopwatch.start(installation.clock)) is None:
                raise AssertionError("a claim was refused")

        return _rate(claim, self._next(count), threads)

    def bare_rate(self, threads: int, count: int) -> float:
        """The conditional update and nothing else, on a warm connection for each thread."""
        url = plain_url(self.house.installation.settings.database_address)
        now = to_microseconds(self.house.installation.clock.now())
        with ExitStack() as stack:
            idle = [stack.enter_context(psycopg.connect(url)) for _ in range(threads)]

            def claim(key: ReengagementKey) -> None:
                connection = idle.pop()
                at = to_microseconds(key.interaction_at)
                values = (secrets.token_hex(12), now, at, at + _DAY_MICROSECONDS, key.account_id, key.contact_id, at)
                if connection.execute(_BARE, values).rowcount != 1:
                    raise AssertionError("a claim was refused")
                connection.commit()
                idle.append(connection)

            return _rate(claim, self._next(count), threads)

    def _next(self, count: int) -> Sequence[ReengagementKey]:
        self._taken += count
        return self.keys[self._taken - count : self._taken]


def run(stage: Stage) -> Result:
    """One thread and many, in turn; and one thread beside the statements that it issues itself."""
    count = stage.size.pick(200, 30)
    figures = _beside_bare_update(stage, count)
    notes = []
    for database in DATABASES:
        figure, statements = _beside_own_statements(stage, database, count)
        figures.append(figure)
        notes.append(f"{database}: {statements:.0f} statements in a claim.")
    return Result(figures, notes=notes)


def _beside_bare_update(stage: Stage, count: int) -> list[Figure]:
    until = SystemClock().now() - _DELAY
    due = _Due.of(stage, "postgresql", (2 * 2 * stage.size.rounds + 1) * count, until)
    due.claim_rate(1, count)  # what is done only once
    figures = []
    for threads in (1, 8):
        own, bare = partial(due.claim_rate, threads, count), partial(due.bare_rate, threads, count)
        rates = interleave(stage.size.rounds, {"own": own, "bare": bare})
        what = f"postgresql: claims, {threads} thread{'s' if threads > 1 else ''}"
        limit = ("bare conditional update with commit, as many threads", rates["bare"])
        budget = at_least_of_limit(_LEAST_SHARE_OF_LIMIT)
        figures.append(compare(what, "1/s", rates["own"], against=limit, budget=budget))
    return figures


def _beside_own_statements(stage: Stage, database: str, count: int) -> tuple[Figure, float]:
    """What the application adds to its own statements."""
    total, until = count * stage.size.rounds, SystemClock().now() - _DELAY
    original, copy = (_Due.of(stage, database, total, until) for _ in range(2))
    recorder = Recorder()
    own, bare = [], []
    with recorder.listening(original.house.installation.database), closing(_script(copy, recorder)) as script:
        for _ in range(stage.size.rounds):
            own.append(original.claim_rate(1, count))
            bare.append(script.issue(count))
        statements = script.statements_each
    limit = ("bare SQL of the same transaction, one connection", bare)
    return compare(f"{database}: claims, 1 thread", "1/s", own, against=limit), statements


def _script(due: _Due, recorder: Recorder) -> Script:
    return Script(due.house.installation.settings.database_address, recorder.transactions)


def _rate(work: Callable[[ReengagementKey], None], keys: Sequence[ReengagementKey], threads: int) -> float:
    with on_one_core(), ThreadPoolExecutor(threads) as pool:
        began = time.perf_counter()
        list(pool.map(work, keys))
        return len(keys) / (time.perf_counter() - began)
