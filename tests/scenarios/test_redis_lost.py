"""Redis goes away under a worker, idle or with a job in hand: it stays, and is back at work soon after Redis is."""

import signal
import time
from collections.abc import Callable

import pytest

from tests.scenarios.instance import Instance, Wait
from tests.servers import PrivateRedis

_AWAY_SECONDS = 16.0  # a wait that doubled each time, from a second on, would now be 16 s long
_BACK_SECONDS = 10.0


@pytest.mark.parametrize("has_job", [True, False], ids=["job_in_hand", "idle"])
def test_a_worker_outlives_its_redis_and_is_back_at_work_soon_after_it(
    make_instance: Callable[..., Instance], private_redis: PrivateRedis, wait_until: Wait, *, has_job: bool
) -> None:
    instance = make_instance(BOTAPP_REDIS_URL=private_redis.url)
    instance.start()
    workers = instance.members("worker")
    alice = instance.add_customer("Alice Ng")
    instance.post("/sandbox/faults", {"match": {"psid": alice, "path": "messages"}, "fault": "latency=2", "count": 1})
    instance.says(alice, "hello")
    with instance.record() as record:
        awaited = "claimed" if has_job else "sent"
        wait_until(lambda: any(row.state == awaited for row in record.replies()), 20, f"an answer that is {awaited}")
        private_redis.kill()
        instance.says(alice, "are you there?")
        time.sleep(_AWAY_SECONDS)
        private_redis.start()
        wait_until(lambda: len(instance.accepted(alice)) == 2, _BACK_SECONDS, "both answers")
    assert instance.members("worker") == workers


def test_a_worker_that_starts_before_its_redis_waits_for_it(
    make_instance: Callable[..., Instance], private_redis: PrivateRedis, wait_until: Wait
) -> None:
    instance = make_instance(BOTAPP_REDIS_URL=private_redis.url)
    instance.start()
    alice = instance.add_customer("Alice Ng")
    private_redis.kill()
    instance.signal("worker", signal.SIGKILL)
    wait_until(lambda: "Is BOTAPP_REDIS_URL right?" in instance.log("worker"), 30, "a worker that finds no Redis")
    workers = instance.members("worker")
    private_redis.start()
    instance.says(alice, "hello")
    wait_until(lambda: instance.accepted(alice), _BACK_SECONDS, "an answer")
    assert instance.members("worker") == workers
