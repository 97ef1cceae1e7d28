"""The platform, Redis or the database is away: nothing is sent, nothing is lost, and afterwards it is sent once."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from redis.exceptions import RedisError

from botapp.bootstrap.installation import Installation
from botapp.channels.port import OutcomeKind
from botapp.channels.rate import Rate
from botapp.clock import SystemClock
from botapp.reengagement.send import Sent
from botapp.reengagement.sweep import sweep
from botapp.storage.engine import Database
from botapp.workers.worker import Duties
from tests.reengagement.conftest import LeapingClock, Wait
from tests.servers import PrivateRedis
from tests.world import World, standing_world


@contextmanager
def _worker_that_asks(world: World, graph_url: str) -> Iterator[Duties]:
    """Another worker of this installation, which believes the platform to be there."""
    settings = world.installation.settings.model_copy(update={"graph_url": graph_url})
    installation = Installation(settings, SystemClock())
    duties = installation.duties()
    try:
        yield duties
    finally:
        for pool in (duties.reply_pool, duties.send_pool, duties.side):
            pool.shutdown()
        installation.database.close()


def test_a_platform_that_is_away_is_waited_for(brisk_world: World, free_port: int, wait_until: Wait) -> None:
    world = brisk_world
    alice = world.falls_silent()
    with _worker_that_asks(world, f"http://127.0.0.1:{free_port}") as cut_off:
        cut_off.reengagements.drain(cut_off.send_pool, 0.1)
    [row], [person] = world.reengagements(), world.contacts()
    assert (row.state, row.reason, row.claimed_at) == ("planned", "not_connected", None)
    assert (row.releases >= 1, person.last_claimed_at) == (True, None)

    def is_sent() -> bool:
        world.work()
        return bool(world.reengagements()[0].state == "sent")

    wait_until(is_sent)
    assert [attempt["psid"] for attempt in world.attempts()] == [alice]


def test_a_platform_that_stays_away_until_the_last_instant_is_not_written_to_afterwards(
    world: World, free_port: int, wait_until: Wait
) -> None:
    with _worker_that_asks(world, f"http://127.0.0.1:{free_port}") as cut_off:
        world.falls_silent(ago=timedelta(hours=23, minutes=54, seconds=55))  # five seconds are left
        [row] = world.reengagements()
        cut_off.reengagements.drain(cut_off.send_pool, 0.1)
    wait_until(lambda: world.installation.clock.now() > row.deadline_at)
    sweep(world.installation.database, world.installation.house)
    world.work()
    assert [(r.state, r.reason) for r in world.reengagements()] == [("expired", "not_connected")]
    assert world.attempts() == []


@pytest.fixture
def world_with_redis(database_url: str, private_redis: PrivateRedis, var_dir: Path) -> Iterator[World]:
    """A world whose Redis a test may kill."""
    with standing_world(database_url, private_redis.url, var_dir) as standing:
        yield standing


def test_without_redis_nothing_is_sent_and_nothing_is_lost(
    world_with_redis: World, private_redis: PrivateRedis
) -> None:
    world = world_with_redis
    alice, bob = world.falls_silent("Alice Ng"), world.add_customer("Bob Roe")
    private_redis.kill()
    sender = world.duties.reengagements
    with pytest.raises(RedisError):
        sender.drain(world.duties.send_pool, 1)
    assert not world.installation.doorbell().ring()
    world.says(bob)
    world.answer()
    assert [r.state for r in world.replies()] == ["sent", "planned"]
    assert [r.state for r in world.reengagements()] == ["planned", "planned"]
    assert len(world.accepted()) == 1
    private_redis.start()
    assert sender.drain(world.duties.send_pool, 5) == 1
    assert [sent["psid"] for sent in world.proactive()] == [alice]
    with world.installation.database.transaction() as connection:  # its lease would end by itself in seconds
        connection.exec_driver_sql("UPDATE reply SET leased_until = NULL")
    world.answer()
    assert [r.state for r in world.replies()] == ["sent", "sent"]


class _AwayAfterTheFirst:
    """Grants one, and is gone when it is asked again; only then the thread gets to its send."""

    def __init__(self, rate: Rate, is_away: threading.Event) -> None:
        self._rate, self._is_away = rate, is_away
        self._asked = 0

    def take(self, account_id: int, wanted: int) -> int:
        self._asked += 1
        if self._asked > 1:
            self._is_away.set()
            raise RedisError("away")
        return self._rate.take(account_id, min(wanted, 1))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._rate, name)


def test_what_is_on_its_way_when_redis_goes_gets_its_outcome(world: World) -> None:
    for name in ("Alice Ng", "Bob Li"):
        world.falls_silent(name)
    sender, is_away = world.duties.reengagements, threading.Event()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(is_away.wait, 10)
        with pytest.raises(RedisError):
            replace(sender, rate=_AwayAfterTheFirst(sender.rate, is_away), batch=8).drain(pool, 5)
    assert sorted(row.state for row in world.reengagements()) == ["planned", "sent"]


def test_a_flushed_redis_changes_nothing(world_with_redis: World) -> None:
    people = [world_with_redis.falls_silent(f"Customer {number}") for number in range(4)]
    world_with_redis.forget_redis()
    for _ in range(3):
        world_with_redis.work()
        world_with_redis.forget_redis()
    assert sorted(sent["psid"] for sent in world_with_redis.attempts()) == sorted(people)


def test_a_database_that_is_away_at_the_last_question_lets_nothing_out(
    world: World, leaping_clock: LeapingClock
) -> None:
    """The claim has aged, so the database is to be asked whether it stands; it does not answer."""
    alice = world.falls_silent()
    claim = world.claim(alice)
    assert claim is not None
    away = Database("sqlite:////nowhere/at/all.sqlite", clock=SystemClock())
    claimer = replace(world.duties.reengagements.claimer, database=away)
    key = world.silence_of_claim(claim)

    def ask() -> bool:
        return bool(claimer._is_crossed(key, "x"))  # noqa: SLF001  what the claim asks, of a database that is away

    leaping_clock.elapsed_leap = timedelta(seconds=1)
    delivery = replace(world.duties.reengagements.delivery, clock=leaping_clock)
    outcome = delivery.deliver(replace(claim, is_crossed=ask))
    assert outcome.kind is OutcomeKind.NOT_SENT
    assert world.attempts() == []
    away.close()
    world.duties.reengagements.record([Sent(key, claim, outcome)])
    world.work()
    assert len(world.proactive(alice)) == 1
