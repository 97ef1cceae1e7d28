"""What tests of the one more message share: doing things at once, a clock that leaps, a hasty world."""

import threading
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from botapp.clock import SystemClock
from tests.world import World, standing_world

AtOnce = Callable[[Sequence[Callable[[], Any]]], list[Any]]
Wait = Callable[..., None]


class LeapingClock(SystemClock):
    """A host's clocks, either of which may leap: the machine slept, or somebody set the time."""

    def __init__(self) -> None:
        self.elapsed_leap = timedelta(0)
        self.now_leap = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.now_leap

    def elapsed(self) -> float:
        return super().elapsed() + self.elapsed_leap.total_seconds()


@pytest.fixture
def leaping_clock() -> LeapingClock:
    """A clock that has not leapt yet."""
    return LeapingClock()


@pytest.fixture
def at_once() -> AtOnce:
    """Runs each task in a thread of its own, all released at the same instant; their results, or the first fault."""

    def run(tasks: Sequence[Callable[[], Any]]) -> list[Any]:
        start = threading.Barrier(len(tasks))

        def released(task: Callable[[], Any]) -> Any:
            start.wait(30)
            return task()

        with ThreadPoolExecutor(len(tasks)) as pool:
            return [future.result() for future in [pool.submit(released, task) for task in tasks]]

    return run


def most_in_a_second(instants: Sequence[float]) -> int:
    """Of instants in their order: how many lie within one second, however it is cut."""
    return max(number - bisect_right(instants, at - 1) for number, at in enumerate(instants, 1))


@pytest.fixture
def hasty_world(database_url: str, redis_url: str, var_dir: Path) -> Iterator[World]:
    """A world that waits for the platform for a fraction of a second only."""
    timeouts: dict[str, Any] = {"connect_timeout": "300ms", "read_timeout": "300ms", "total_timeout": "500ms"}
    with standing_world(database_url, redis_url, var_dir, **timeouts) as standing:
        yield standing


@pytest.fixture
def brisk_world(database_url: str, redis_url: str, var_dir: Path) -> Iterator[World]:
    """A world in which what has to wait is looked at again after a moment and not after a minute."""
    with standing_world(database_url, redis_url, var_dir, hold_interval="500ms") as standing:
        yield standing
