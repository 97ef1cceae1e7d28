"""What tests of the conversation share: counting statements, doing one thing from many threads at once."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from bench.recorder import Recorder
from tests.world import World


@pytest.fixture
def statements(world: World) -> Callable[[], AbstractContextManager[list[str]]]:
    """`with statements() as seen:` collects what the drivers were told in transactions of this thread meanwhile.

    The embedded database is written row after row by one prepared statement: there each statement counts once.
    """

    @contextmanager
    def watch() -> Iterator[list[str]]:
        seen: list[str] = []
        recorder, database = Recorder(), world.installation.database
        with recorder.listening(database):
            yield seen
        told = [str(statement.sql) for transaction in recorder.transactions for statement in transaction]
        seen += told if database.is_postgresql else dict.fromkeys(told)

    return watch


@pytest.fixture
def at_once() -> Callable[[Sequence[Callable[[], Any]]], list[Any]]:
    """Runs each task in a thread of its own, all released at the same instant; their results, or the first fault."""

    def run(tasks: Sequence[Callable[[], Any]]) -> list[Any]:
        start = threading.Barrier(len(tasks))

        def released(number: int) -> None:
            start.wait(timeout=30)
            results[number] = tasks[number]()

        results: list[Any] = [None] * len(tasks)
        with ThreadPoolExecutor(len(tasks)) as pool:
            for future in [pool.submit(released, number) for number in range(len(tasks))]:
                future.result()
        return results

    return run
