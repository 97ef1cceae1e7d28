"""Everything dies again and again while customers write, stop and fall silent; the promises hold all the same."""

import contextlib
import random
import signal
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
import redis
import requests

from botapp.runtime import embedded_redis
from tests.scenarios.audit import Books, acknowledged_at, faults
from tests.scenarios.instance import Instance, Record, Wait
from tests.scenarios.log import assert_the_log_holds
from tests.servers import PrivateRedis

_SEED = 1
_CUSTOMERS = 40
_STORM_SECONDS = 12.0
_CALM_SECONDS = 45.0
_FAULTS = {
    "latency=0.3": 0.3,
    "drop_before": 0.05,
    "drop_after": 0.07,
    "status=500": 0.05,
    "status_after=500": 0.05,
    "error=1/1357046": 0.05,
    "no_echo": 0.3,
    "duplicate=2": 0.15,
    "reorder": 0.1,
}
_BLOWS = [
    *("kill web", "kill web", "kill web", "kill worker", "kill worker", "kill worker", "kill ticker"),
    *("kill redis", "kill sandbox", "flush", "flush", "freeze worker", "freeze worker"),
]


class _Storm:
    """What goes wrong, one thing after the other, the same for the same seed as far as timing allows."""

    def __init__(self, instance: Instance, own_redis: PrivateRedis | None, dice: random.Random) -> None:
        self._instance = instance
        self._redis = own_redis
        self._dice = dice
        self.done: list[str] = []
        self._deck: list[str] = []

    def brew(self) -> None:
        """Make the platform faulty; a sandbox that was killed has to be told again."""
        rules = [
            {"fault": fault, "probability": probability, "seed": self._dice.randrange(1 << 30)}
            for fault, probability in _FAULTS.items()
        ]
        self.clear()
        _insist(lambda: self._instance.post("/sandbox/faults", rules))

    def clear(self) -> None:
        _insist(lambda: requests.delete(f"{self._instance.sandbox_url}/sandbox/faults", timeout=5))

    def strike(self) -> None:
        """The next of a shuffled deck, so that nobody is spared."""
        if not self._deck:
            self._deck = self._dice.sample(_BLOWS, len(_BLOWS))
        blow = self._deck.pop()
        self.done.append(blow)
        match blow:
            case "flush":
                self._flush()
            case "freeze worker":
                self._freeze()
            case "kill redis":
                self._kill_redis()
            case _:
                self._instance.signal(blow.removeprefix("kill "), signal.SIGKILL)

    def _kill_redis(self) -> None:
        if self._redis is None:
            self._instance.signal("redis", signal.SIGKILL)
        else:
            self._redis.kill()
            self._redis.start()

    def _flush(self) -> None:
        url = self._redis.url if self._redis else embedded_redis.url(self._instance.var_dir)
        with contextlib.suppress(redis.RedisError), redis.Redis.from_url(url) as client:
            client.flushall()

    def _freeze(self) -> None:
        self._instance.signal("worker", signal.SIGSTOP)
        time.sleep(self._dice.uniform(0.2, 1.5))
        self._instance.signal("worker", signal.SIGCONT)


def _insist(action: Callable[[], object]) -> None:
    """The chat page tries again while the sandbox is away."""
    for _ in range(200):
        with contextlib.suppress(requests.RequestException):
            action()
            return
        time.sleep(0.05)
    pytest.fail("the sandbox did not come back")


def _acts(people: list[str], dice: random.Random) -> Iterator[tuple[float, str, str]]:
    """When who says what: everybody writes, and every third says STOP about when the one more message is due."""
    for psid in people:
        at = dice.uniform(0.0, 0.6 * _STORM_SECONDS)
        yield at, psid, "hello"
        if dice.random() < 1 / 3:
            yield at + dice.uniform(2.0, 4.0), psid, "STOP"


def _play(instance: Instance, storm: _Storm, dice: random.Random) -> None:
    people = [instance.add_customer(f"Customer {n}") for n in range(_CUSTOMERS)]
    acts = sorted(_acts(people, dice))
    storm.brew()
    began_at, next_blow = time.monotonic(), 1.0
    while acts or len(storm.done) < len(_BLOWS):
        elapsed = time.monotonic() - began_at
        if elapsed >= next_blow:
            storm.strike()
            storm.brew()
            next_blow = elapsed + dice.uniform(0.2, 0.8)
        while acts and acts[0][0] <= elapsed:
            _, psid, text = acts.pop(0)
            _insist(partial(instance.says, psid, text))
        time.sleep(0.01)


def _is_calm(record: Record) -> bool:
    return not any(row.state in ("planned", "claimed") for row in [*record.reengagements(), *record.replies()])


def test_no_death_and_no_fault_makes_it_two_or_late_or_after_a_no_and_nothing_acknowledged_is_lost(
    make_instance: Callable[..., Instance],
    services: dict[str, str],
    request: pytest.FixtureRequest,
    wait_until: Wait,
    tmp_path: Path,
) -> None:
    dice = random.Random(_SEED)  # noqa: S311  to be repeatable
    instance = make_instance(BOTAPP_SEND_ALLOWANCE="1h", **services)
    instance.start("--day", "60s")
    instance.apply("1h")
    storm = _Storm(instance, request.getfixturevalue("private_redis") if services else None, dice)
    _play(instance, storm, dice)
    storm.clear()

    with instance.record() as record:
        wait_until(lambda: _is_calm(record), _CALM_SECONDS, f"calm after {storm.done}")
        books = Books(instance.platform_log(), record)
        assert faults(books) == [], storm.done
        spoke = {e["psid"] for e in books.log if e["what"] == "message" and e["message_id"] in acknowledged_at(books)}
        stopped = {e["psid"] for e in books.log if e["what"] == "message" and e["text"] == "STOP"}
        people = record.people()
        ends = {people[row.contact_id]: row.state for row in record.reengagements() if row.claimed_at}
        assert {psid: ends.get(psid) for psid in spoke - stopped if ends.get(psid) not in ("sent", "unknown")} == {}
    assert_the_log_holds(instance, tmp_path / "elsewhere")
