"""The ticker: any number run, one leads, another takes over, and whatever is owed is rung for."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import make_url, text

from botapp.bootstrap.installation import Installation
from botapp.clock import Clock, SystemClock
from botapp.storage import leases
from botapp.workers.ticker import LEASE_NAME, Ticker
from tests.reengagement.conftest import LeapingClock, Wait
from tests.servers import library_url
from tests.world import CAMPAIGN, World

TTL = timedelta(seconds=4)


@dataclass
class Bell:
    """Counts rings."""

    rings: int = 0
    rung: threading.Event = field(default_factory=threading.Event)

    def ring(self) -> bool:
        self.rings += 1
        self.rung.set()
        return True


def _ticker(world: World, bell: Bell, clock: Clock, ttl: timedelta = TTL) -> Ticker:
    database, planner = world.installation.database, world.installation.planner
    return Ticker(database, planner, bell.ring, clock, timedelta(milliseconds=10), ttl)


@contextmanager
def _running(ticker: Ticker) -> Iterator[threading.Event]:
    stop = threading.Event()
    thread = threading.Thread(target=ticker.run, args=(stop,))
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(20)
    assert not thread.is_alive()


def _holder(world: World) -> str | None:
    with world.installation.database.reading() as connection:
        return connection.execute(text("SELECT holder FROM lease WHERE name = :name"), {"name": LEASE_NAME}).scalar()


def test_of_two_tickers_one_leads(world: World) -> None:
    first, second = (_ticker(world, Bell(), SystemClock()) for _ in range(2))
    assert [first.tick_once(), second.tick_once(), first.tick_once()] == [True, False, True]
    assert _holder(world) == first.holder


def test_a_leader_that_is_heard_of_no_more_is_replaced(world: World, wait_until: Wait) -> None:
    ttl = timedelta(milliseconds=400)
    dead, next_one = _ticker(world, Bell(), SystemClock(), ttl), _ticker(world, Bell(), SystemClock(), ttl)
    assert dead.tick_once()
    with _running(next_one):
        wait_until(lambda: _holder(world) == next_one.holder)


def test_as_shipped_a_dead_ticker_is_replaced_within_ten_seconds(world: World) -> None:
    settings = world.installation.settings
    assert settings.leader_ttl + settings.leader_ttl / 4 + settings.tick < timedelta(seconds=10)


def test_a_leader_that_slept_too_long_stands_back(world: World, leaping_clock: LeapingClock, wait_until: Wait) -> None:
    ttl = timedelta(milliseconds=200)
    sleeper = _ticker(world, Bell(), leaping_clock, ttl)
    assert sleeper.tick_once()
    with _running(_ticker(world, Bell(), SystemClock(), ttl)):
        wait_until(lambda: _holder(world) != sleeper.holder)
        leaping_clock.elapsed_leap = timedelta(seconds=1)
        assert not sleeper.tick_once()


def test_a_ticker_that_is_told_to_stop_makes_room_at_once(world: World, wait_until: Wait) -> None:
    leaving, waiting = _ticker(world, Bell(), SystemClock()), _ticker(world, Bell(), SystemClock())
    with _running(leaving):
        wait_until(lambda: _holder(world) == leaving.holder)
    assert waiting.tick_once()


def test_it_rings_only_while_something_is_owed(world: World, leaping_clock: LeapingClock) -> None:
    bell = Bell()
    ticker = _ticker(world, bell, leaping_clock)
    ticker.tick_once()
    assert bell.rings == 0
    alice = world.add_customer()
    world.says(alice, ago=timedelta(hours=5))
    ticker.tick_once()
    assert bell.rings == 1
    world.work()
    ticker.tick_once()
    assert bell.rings == 1


def test_it_does_not_ring_for_what_is_leased_and_rings_again_when_nobody_did_it(world: World) -> None:
    world.falls_silent()
    world.replan()
    bell = Bell()
    ticker = _ticker(world, bell, SystemClock())
    with world.installation.database.transaction() as connection:
        connection.execute(text("UPDATE reengagement SET leased_until = 9999999999999999"))
    ticker.tick_once()
    assert bell.rings == 0
    with world.installation.database.transaction() as connection:
        connection.execute(text("UPDATE reengagement SET leased_until = 1"))
    ticker.tick_once()
    assert bell.rings == 1


def test_only_the_leader_keeps_house(world: World) -> None:
    world.falls_silent(ago=timedelta(hours=1))
    with world.installation.database.transaction() as connection:
        connection.execute(text("UPDATE reengagement SET deadline_at = 1"))
    leader, other = (_ticker(world, Bell(), SystemClock()) for _ in range(2))
    with world.installation.database.transaction() as connection:
        now = world.installation.database.now(connection)
        assert leases.acquire(connection, LEASE_NAME, leader.holder, now, TTL)
    assert not other.tick_once()
    assert [r.state for r in world.reengagements()] == ["planned"]
    assert leader.tick_once()
    assert [r.state for r in world.reengagements()] == ["expired"]


def test_it_plans_again_what_a_changed_campaign_concerns(world: World) -> None:
    alice = world.falls_silent(ago=timedelta(hours=2))
    world.apply(CAMPAIGN.replace('"4h"', '"1h"'))
    _ticker(world, Bell(), SystemClock()).tick_once()
    world.work()
    assert len(world.proactive(alice)) == 1


def test_a_ticker_survives_a_database_that_is_away(world: World, postgresql_url: str, wait_until: Wait) -> None:
    if not world.installation.database.is_postgresql:
        pytest.skip("an embedded database is never away")
    bell = Bell()
    name = make_url(world.installation.settings.database_address).database or ""
    own = Installation(world.installation.settings, SystemClock())
    ticker = replace(_ticker(world, bell, SystemClock(), timedelta(milliseconds=400)), database=own.database)
    with _running(ticker), psycopg.connect(library_url(postgresql_url), autocommit=True) as administrator:
        wait_until(lambda: _holder(world) == ticker.holder)
        administrator.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        administrator.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        wait_until(lambda: not ticker._is_leading)  # noqa: SLF001  nobody can be asked while the database is away
        administrator.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        wait_until(lambda: ticker._is_leading)  # noqa: SLF001  the same
        world.add_customer()
        world.says(world.add_customer())
        wait_until(bell.rung.is_set)
    own.database.close()
