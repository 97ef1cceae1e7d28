"""The sending rate of a page: a bucket that all workers share, and two ways to be quiet."""

import math
import time
from collections.abc import Iterator
from functools import partial
from itertools import chain

import pytest
from redis import Redis
from redis.exceptions import RedisError

from botapp.workers.jobs import open_redis
from botapp.workers.rate import Bucket, RedisRate
from tests.reengagement.conftest import AtOnce, Wait, most_in_a_second
from tests.servers import PrivateRedis

PAGE, OTHER_PAGE = 1, 2
_CALM_SECONDS = 0.5  # in which much is granted and nothing is written
SLOW = 0.01  # one in a hundred seconds: within a test nothing grows back


@pytest.fixture
def connection(redis_url: str) -> Iterator[Redis]:
    """As workers open it."""
    with open_redis(redis_url) as opened:
        yield opened


def _pass(connection: Redis, seconds: float) -> None:
    """As if so much time had gone by for the buckets."""
    for key in connection.scan_iter("botapp:bucket:*"):
        connection.hincrbyfloat(key, "at", -seconds)


def test_a_full_bucket_is_granted_and_no_more(connection: Redis) -> None:
    rate = RedisRate(connection, sends_per_second=SLOW)
    assert [rate.take(PAGE, 5) for _ in range(3)] == [1, 0, 0]
    assert rate.take(OTHER_PAGE, 5) == 1


def test_no_more_is_granted_than_was_asked_for(connection: Redis) -> None:
    rate = RedisRate(connection, sends_per_second=300)
    assert [rate.take(PAGE, wanted) for wanted in (0, 3, 10)] == [0, 3, 10]


def test_no_second_sees_more_than_the_rate_when_all_workers_come_late_at_the_same_time(
    redis_url: str, at_once: AtOnce
) -> None:
    per_second, connections = 60, [open_redis(redis_url) for _ in range(3)]
    began_at = time.monotonic()

    def write_in_gusts(rate: RedisRate) -> list[float]:
        owed, written = 0, []
        while (since := time.monotonic() - began_at) < 2 * _CALM_SECONDS + 1:
            owed += rate.take(PAGE, 3)
            if since > 2 * _CALM_SECONDS or _CALM_SECONDS < since < _CALM_SECONDS + 0.1:
                written += [time.monotonic() for _ in range(owed) if rate.wait_for_turn(PAGE, 0.1)]
                owed = 0
            time.sleep(0.002)
        return written

    rates = [RedisRate(each, sends_per_second=per_second) for each in connections]
    written = sorted(chain.from_iterable(at_once([partial(write_in_gusts, rate) for rate in rates])))
    for each in connections:
        each.close()
    assert most_in_a_second(written) <= per_second
    assert len(written) > 0.7 * per_second, "and the rate is used"


@pytest.mark.parametrize("per_second", [0.01, 0.5, 1, 2, 7.5, 10, 40, 300])
def test_a_bucket_gives_no_more_than_the_rate_while_its_tokens_hold(per_second: float) -> None:
    bucket = Bucket.of(per_second)
    given = math.floor(bucket.capacity + bucket.flow * (1 + bucket.holds_seconds))
    assert given <= max(1, per_second)
    assert bucket.flow >= (0.8 if per_second >= 40 else 0.45) * per_second, "little of the rate is lost"


def test_what_was_granted_is_written_without_another_question(private_redis: PrivateRedis) -> None:
    rate = RedisRate(open_redis(private_redis.url), sends_per_second=SLOW)
    assert rate.take(PAGE, 1) == 1
    private_redis.kill()
    assert [rate.wait_for_turn(PAGE, 0) for _ in range(2)] == [True, False]


def test_who_comes_too_late_waits_for_another_turn_and_no_longer_than_it_may(connection: Redis) -> None:
    rate = RedisRate(connection, sends_per_second=20)
    assert rate.take(PAGE, 1) == 1
    time.sleep(Bucket.of(20).holds_seconds + 0.01)
    began_at = time.monotonic()
    assert [rate.wait_for_turn(PAGE, 1) for _ in range(3)] == [True] * 3
    assert time.monotonic() - began_at >= 1 / 20
    assert not rate.wait_for_turn(PAGE, 0.01)
    rate.pause(PAGE, 60)
    assert not rate.wait_for_turn(PAGE, 1)


def test_more_is_waited_for_only_where_a_bucket_was_empty(connection: Redis) -> None:
    rate = RedisRate(connection, sends_per_second=20)
    rate.pause(OTHER_PAGE, 60)
    assert (rate.take(PAGE, 1), rate.take(OTHER_PAGE, 1), rate.wait_for_more(1)) == (1, 0, False)
    assert (rate.take(PAGE, 1), rate.wait_for_more(0.001)) == (0, False)
    assert (rate.take(PAGE, 1), rate.wait_for_more(1), rate.take(PAGE, 1)) == (0, True, 1)


def test_answers_go_first_and_are_counted(connection: Redis) -> None:
    rate = RedisRate(connection, sends_per_second=SLOW)
    assert [rate.spend(PAGE) for _ in range(5)] == [True] * 5
    assert rate.take(PAGE, 1) == 0
    _pass(connection, 0.9 / SLOW)
    assert rate.take(PAGE, 1) == 0, "the answers have to be made up for first"


def test_answers_in_plenty_do_not_hold_the_rest_back_for_ever(connection: Redis) -> None:
    rate = RedisRate(connection, sends_per_second=SLOW)
    for _ in range(500):
        rate.spend(PAGE)
    _pass(connection, 2.1 / SLOW)  # as much as two buckets hold
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
