"""At most once: however many threads, workers and processes reach for the same due row."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from rq import Worker
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from botapp.bootstrap.installation import Installation
from botapp.clock import SystemClock
from botapp.reengagement.delivery import Stopwatch
from botapp.storage import reengagements
from botapp.storage.reengagements import State
from botapp.storage.schema import contact
from botapp.workers.jobs import open_queue, open_redis
from botapp.workers.worker import Duties
from tests.reengagement.conftest import AtOnce, Wait, most_in_a_second
from tests.world import SECRET, World

PEOPLE = 20
_PER_SECOND = 12  # of the page, by all processes together


@pytest.fixture
def second_worker(world: World) -> Iterator[Duties]:
    """Another worker of the same installation, with connections and threads of its own."""
    installation = Installation(world.installation.settings, SystemClock())
    duties = installation.duties()
    yield duties
    for pool in (duties.reply_pool, duties.send_pool, duties.side):
        pool.shutdown()
    installation.database.close()


@pytest.fixture
def silent_people(world: World) -> list[str]:
    """Many who fell silent, all of them due."""
    return [world.falls_silent(f"Customer {number}") for number in range(PEOPLE)]


def _assert_one_each(world: World, people: list[str]) -> None:
    assert sorted(attempt["psid"] for attempt in world.attempts()) == sorted(people)
    assert [r.state for r in world.reengagements()] == ["sent"] * len(people)
    claims = [e.contact_id for e in world.ledger() if e.kind == "claimed"]
    assert len(claims) == len(set(claims)) == len(people)


def test_of_twenty_threads_at_one_due_row_one_sends(world: World, at_once: AtOnce) -> None:
    alice = world.falls_silent()
    sender, key = world.duties.reengagements, world.silence(alice)
    sent = [item for item in at_once([lambda: sender.send(key)] * 20) if item is not None]
    sender.record(sent)
    assert len(sent) == 1
    _assert_one_each(world, [alice])


def test_two_workers_who_look_at_the_same_time_send_one_each(
    world: World, second_worker: Duties, silent_people: list[str], at_once: AtOnce
) -> None:
    at_once([lambda d=d: d.reengagements.drain(d.send_pool, 5) for d in (world.duties, second_worker)] * 2)
    _assert_one_each(world, silent_people)


def test_two_workers_who_hold_the_same_rows_send_one_each(
    world: World, second_worker: Duties, silent_people: list[str], at_once: AtOnce
) -> None:
    keys = [world.silence(psid) for psid in silent_people]

    def send_all(duties: Duties) -> Callable[[], None]:
        def run() -> None:
            futures = [duties.send_pool.submit(duties.reengagements.send, key) for key in keys]
            duties.reengagements.record([item for item in (f.result() for f in futures) if item is not None])

        return run

    at_once([send_all(world.duties), send_all(second_worker)])
    _assert_one_each(world, silent_people)


def test_two_processes_send_one_each_in_their_turns_and_do_nothing_else_that_the_queue_asks_of_them(
    world: World, silent_people: list[str], wait_until: Wait, tmp_path: Path
) -> None:
    trace = tmp_path / "called"
    with open_redis(world.installation.redis_url) as connection:
        open_queue(connection).enqueue_call("os.system", [f"touch {trace}"], timeout=5)
    settings = world.installation.settings
    environment = {
        **os.environ,
        "BOTAPP_VAR_DIR": str(settings.var_dir),
        "BOTAPP_DATABASE_URL": settings.database_address,
        "BOTAPP_REDIS_URL": world.installation.redis_url,
        "BOTAPP_GRAPH_URL": world.platform_url,
        "BOTAPP_SANDBOX": "off",
        "BOTAPP_SENDS_PER_SECOND": str(_PER_SECOND),
        "BOTAPP_MESSENGER_APP_SECRET": SECRET,
        "BOTAPP_MESSENGER_VERIFY_TOKEN": "a-verify-token-for-tests",
    }
    slow_to_begin = {"match": {"path": "/me"}, "fault": "latency=0.9", "count": 2}
    world.faults({"match": {"path": "/messages"}, "fault": "latency=0.02"}, slow_to_begin)
    bell = world.installation.doorbell()
    command = [sys.executable, "-m", "botapp", "worker"]
    running = [subprocess.Popen(command, env=environment) for _ in range(2)]  # noqa: S603  ourselves
    try:
        with open_redis(world.installation.redis_url) as connection:
            wait_until(lambda: len(Worker.all(queue=open_queue(connection))) == len(running), 60, "both at work")
        wait_until(lambda: bell.ring() and len(world.proactive()) == PEOPLE, 60, "all of them")
        wait_until(lambda: all(r.state == "sent" for r in world.reengagements()), 20, "the record of it")
        assert [process.poll() for process in running] == [None, None]
    finally:
        for process in running:
            process.send_signal(signal.SIGTERM)
        ended = [process.wait(20) for process in running]
    assert ended == [0, 0]
    assert not trace.exists()
    _assert_one_each(world, silent_people)
    assert most_in_a_second(sorted(attempt["epoch"] for attempt in world.attempts())) <= _PER_SECOND


def test_the_same_silence_is_never_claimed_again(world: World) -> None:
    alice = world.falls_silent()
    assert world.claim(alice) is not None
    assert world.claim(alice) is None
    world.work()
    assert world.attempts() == []


def test_whoever_writes_again_the_same_day_gets_no_second_one_that_day(world: World) -> None:
    alice = world.falls_silent(ago=timedelta(hours=6))
    world.work()
    world.says(alice, "thank you")
    world.work()
    later = world.silence(alice)
    with world.installation.database.reading() as connection:
        plan = reengagements.find(connection, later)
    first = world.reengagements()[0]
    assert plan is not None
    assert plan.state in (State.PLANNED, State.SKIPPED)
    if plan.state is State.PLANNED:
        assert plan.due_at >= first.claimed_at + timedelta(hours=24)
    assert len(world.attempts()) == 1


def test_where_the_code_forgets_the_schema_still_refuses_a_second_one(world: World) -> None:
    """The guard of last resort: the contact's row has lost its memory, and the customer has written again."""
    alice = world.falls_silent(ago=timedelta(hours=9))
    world.work()
    world.says(alice, "one more thing", ago=timedelta(hours=5))
    world.answer()
    database, key = world.installation.database, world.silence(alice)
    with database.transaction() as connection:
        connection.execute(update(contact).values(last_claimed_at=None))
        # As if it had been planned in earnest.
        now = database.now(connection)
        reengagements.move(connection, key, State.SKIPPED, State.PLANNED, {"reason": None, "due_at": now})
    sender = world.duties.reengagements
    with pytest.raises(IntegrityError):
        sender.claimer.claim(key, Stopwatch.start(world.installation.clock))
    world.work()
    assert len(world.attempts()) == 1
    assert [r.state for r in world.reengagements()] == ["sent", "planned"]
