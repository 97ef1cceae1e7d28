"""The doorbell and what answers it: one ring is enough, a silent Redis delays nobody, one function alone is called."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from rq.exceptions import DeserializationError
from rq.job import Job
from rq.serializers import JSONSerializer

from botapp.clock import SystemClock
from botapp.workers.jobs import JOB_NAME, Doorbell, OwnJob, Ringer, open_doorbell, open_queue, open_redis
from tests.reengagement.conftest import AtOnce
from tests.servers import PrivateRedis


class _HandTurnedClock(SystemClock):
    """Its seconds pass when the test says so, however long a server takes to start."""

    elapsed_seconds = 0.0

    def elapsed(self) -> float:
        return self.elapsed_seconds


@pytest.fixture
def connection(redis_url: str) -> Iterator[Redis]:
    """As workers open it."""
    with open_redis(redis_url) as opened:
        yield opened


def _fetch(connection: Redis) -> Job:
    [identifier] = open_queue(connection).job_ids
    return OwnJob.fetch(identifier, connection=connection, serializer=JSONSerializer)


def test_one_ring_waits_however_often_it_is_rung(connection: Redis, redis_url: str) -> None:
    bell = Doorbell(open_doorbell(redis_url), SystemClock())
    assert [bell.ring() for _ in range(50)] == [True] * 50
    assert open_queue(connection).count == 1
    job = _fetch(connection)
    assert (job.func_name, job.args, job.kwargs, job.result_ttl) == (JOB_NAME, [], {}, 0)
    connection.flushdb()  # a worker took it
    assert bell.ring()
    assert open_queue(connection).count == 1


def test_many_who_ring_at_once_leave_few_rings(connection: Redis, redis_url: str, at_once: AtOnce) -> None:
    bells = [Doorbell(open_doorbell(redis_url), SystemClock()) for _ in range(8)]
    assert at_once([bell.ring for bell in bells]) == [True] * 8
    assert 1 <= open_queue(connection).count <= 8
    assert all(bell.ring() for bell in bells)
    assert open_queue(connection).count <= 8, "none is added while one waits"


def test_a_redis_that_is_away_is_no_fault_and_is_left_in_peace_for_a_second(
    private_redis: PrivateRedis,
) -> None:
    clock = _HandTurnedClock()
    bell = Doorbell(open_doorbell(private_redis.url), clock)
    assert bell.ring()
    private_redis.kill()
    assert not bell.ring()
    private_redis.start()
    assert not bell.ring(), "within the second it is not asked"
    clock.elapsed_seconds += 2
    assert bell.ring()


def test_a_job_that_names_anything_else_is_refused_and_nothing_is_called(connection: Redis, tmp_path: Path) -> None:
    trace = tmp_path / "called"
    for name in ("os.system", "builtins.eval", "botapp.workers.jobs.open_redis", "work", " ", f"{JOB_NAME}x"):
        connection.flushdb()
        open_queue(connection).enqueue_call(name, args=[f"touch {trace}"], timeout=5)
        with pytest.raises(PermissionError, match="not a job of ours"):
            _fetch(connection).perform()
    assert not trace.exists()


def test_our_job_calls_the_workers_own_duty_and_takes_no_arguments(connection: Redis, redis_url: str) -> None:
    called: list[str] = []

    class WorkerJob(OwnJob):
        work = staticmethod(lambda: called.append("work"))

    Doorbell(open_doorbell(redis_url), SystemClock()).ring()
    [identifier] = open_queue(connection).job_ids
    WorkerJob.fetch(identifier, connection=connection, serializer=JSONSerializer).perform()
    assert called == ["work"]


def test_where_no_worker_is_our_job_is_refused(connection: Redis, redis_url: str) -> None:
    Doorbell(open_doorbell(redis_url), SystemClock()).ring()
    with pytest.raises(PermissionError):
        _fetch(connection).perform()


def test_what_is_not_json_is_never_unpickled(connection: Redis, tmp_path: Path) -> None:
    trace = tmp_path / "called"
    pickled = f"cos\nsystem\n(S'touch {trace}'\ntR.".encode()
    job = open_queue(connection).enqueue_call(JOB_NAME, timeout=5)
    connection.hset(f"rq:job:{job.id}", "data", pickled)
    with pytest.raises(DeserializationError):
        _fetch(connection).perform()
    assert not trace.exists()


def test_whoever_asks_for_a_ring_does_not_wait_for_it_and_many_are_one() -> None:
    ringing, go_on, rings = threading.Event(), threading.Event(), list[None]()

    def ring() -> bool:
        rings.append(None)
        ringing.set()
        return go_on.wait(10)

    ringer = Ringer(ring)
    assert ringer.ask()
    assert ringing.wait(10)
    ringing.clear()
    assert all(ringer.ask() for _ in range(100)), "while Redis hangs"
    assert len(rings) == 1
    go_on.set()
    assert ringing.wait(10), "what was asked for during a ring is not forgotten"
    assert len(rings) == 2


def test_a_busy_process_rings_a_hundred_times_a_second_at_most() -> None:
    rings = list[float]()

    def ring() -> bool:
        rings.append(time.monotonic())
        return True

    ringer, until = Ringer(ring), time.monotonic() + 0.1
    while time.monotonic() < until:
        ringer.ask()
        time.sleep(0)
    assert 1 < len(rings) <= 11
