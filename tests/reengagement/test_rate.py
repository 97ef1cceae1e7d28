"""The sending rate of a page: a bucket that all workers share, and two ways to be quiet."""

import time
from collections.abc import Iterator
from functools import partial

import pytest
from redis import Redis
from redis.exceptions import RedisError

from botapp.workers.jobs import open_redis
from botapp.workers.rate import RedisRate
from tests.reengagement.conftest import AtOnce, Wait
from tests.servers import PrivateRedis

PAGE, OTHER_PAGE = 1, 2
SLOW = 0.01  # one in a hundred seconds: within a test nothing grows back


@pytest.fixture
def connection(redis_url: str) -> Iterator[Redis]:
    """As workers open it."""
    with open_redis(redis_url) as opened:
        yield opened


def test_a_full_bucket_is_granted_and_no_more(connection: Redis) -> None:
    rate = RedisRate(connection, sends_per_second=SLOW)
    assert [rate.take(PAGE, 5) for _ in range(3)] == [1, 0, 0]
    assert rate.take(OTHER_PAGE, 5) == 1


def test_no_more_is_granted_than_was_asked_for(connection: Redis) -> None:
    rate = RedisRate(connection, sends_per_second=300)
    assert [rate.take(PAGE, wanted) for wanted in (0, 3, 10)] == [0, 3, 10]


def test_all_workers_together_get_no_more_than_the_rate(redis_url: str, at_once: AtOnce) -> None:
    per_second, connections = 200, [open_redis(redis_url) for _ in range(4)]
    started_at = time.monotonic()
    until = started_at + 0.5  # the bucket was full before

    def take_greedily(rate: RedisRate) -> int:
        taken = 0
        while time.monotonic() < until:
            taken += rate.take(PAGE, 7)
        return taken

    rates = [RedisRate(each, sends_per_second=per_second) for each in connections]
    granted = sum(at_once([partial(take_greedily, rate) for rate in rates]))
    elapsed = time.monotonic() - started_at
    for each in connections:
        each.close()
    assert 0.5 * per_second <= granted <= per_second * (0.2 + 0.8 * elapsed) + 1


def test_no_second_has_more_than_the_rate_even_after_a_rest(connection: Redis) -> None:
    rate = RedisRate(connection, sends_per_second=100)
    started_at = time.monotonic()
    granted = 0
    while time.monotonic() < started_at + 0.9:
        granted += rate.take(PAGE, 100)
    assert 80 <= granted <= 100


def test_what_was_granted_for_nothing_is_there_for_the_next(connection: Redis) -> None:
    rate = RedisRate(connection, sends_per_second=SLOW)
    assert rate.take(PAGE, 1) == 1
    rate.give_back(PAGE, 1)
    assert rate.take(PAGE, 1) == 1


def test_giving_back_fills_no_bucket_beyond_its_brim(connection: Redis) -> None:
    rate = RedisRate(connection, sends_per_second=SLOW)
    rate.give_back(PAGE, 50)
    assert rate.take(PAGE, 50) == 1


def test_answers_go_first_and_are_counted(connection: Redis) -> None:
    rate = RedisRate(connection, sends_per_second=SLOW)
    assert [rate.spend(PAGE) for _ in range(5)] == [True] * 5
    assert rate.take(PAGE, 1) == 0
    rate.give_back(PAGE, 1)
    assert rate.take(PAGE, 1) == 0, "the answers have to be made up for first"


def test_answers_in_plenty_do_not_hold_the_rest_back_for_ever(connection: Redis) -> None:
    rate = RedisRate(connection, sends_per_second=SLOW)
    for _ in range(500):
        rate.spend(PAGE)
    rate.give_back(PAGE, 2)  # as much as two buckets hold
    assert rate.take(PAGE, 1) == 1


def test_a_pause_holds_everything_of_that_page_back_and_ends(connection: Redis, wait_until: Wait) -> None:
    rate = RedisRate(connection, sends_per_second=300)
    rate.pause(PAGE, 60)
    assert (rate.take(PAGE, 5), rate.spend(PAGE)) == (0, False)
    assert (rate.take(OTHER_PAGE, 5), rate.spend(OTHER_PAGE)) == (5, True)
    rate.pause(PAGE, 0.02)
    wait_until(lambda: rate.take(PAGE, 1) == 1)
    rate.pause(PAGE, 0)  # rubbish is no pause for ever
    wait_until(lambda: rate.spend(PAGE))


def test_near_the_limit_only_what_is_proactive_waits(connection: Redis) -> None:
    rate = RedisRate(connection, sends_per_second=300)
    rate.hold_proactive(PAGE, 60)
    assert (rate.take(PAGE, 5), rate.spend(PAGE)) == (0, True)
    assert rate.take(OTHER_PAGE, 5) == 5


def test_a_flushed_redis_begins_with_a_full_bucket_and_knows_the_script_again(connection: Redis) -> None:
    rate = RedisRate(connection, sends_per_second=SLOW)
    rate.take(PAGE, 1)
    connection.flushdb()
    connection.script_flush()
    assert rate.take(PAGE, 1) == 1


def test_nothing_of_a_page_stays_in_redis_for_ever(connection: Redis) -> None:
    rate = RedisRate(connection, sends_per_second=SLOW)
    rate.take(PAGE, 1)
    rate.pause(OTHER_PAGE, 60)
    assert all(connection.ttl(key) > 0 for key in connection.scan_iter())


def test_a_redis_that_is_away_grants_nothing(private_redis: PrivateRedis) -> None:
    rate = RedisRate(open_redis(private_redis.url), sends_per_second=300)
    assert rate.take(PAGE, 1) == 1
    private_redis.kill()
    for ask in (partial(rate.take, PAGE, 1), partial(rate.spend, PAGE), partial(rate.pause, PAGE, 1.0)):
        with pytest.raises(RedisError):
            ask()
