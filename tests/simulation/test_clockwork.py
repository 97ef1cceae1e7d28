"""Virtual time, threads that wait in it, and processes that die and freeze in it."""

from contextvars import copy_context
from functools import partial

import pytest

from botapp.simulation.clockwork import SECOND, Clockwork, HostClock, Process, Thread


@pytest.fixture
def clockwork() -> Clockwork:
    return Clockwork(0, copy_context())


@pytest.fixture
def process(clockwork: Clockwork) -> Process:
    return Process(clockwork, "worker", HostClock(clockwork))


def test_threads_wait_in_virtual_time_and_take_turns(clockwork: Clockwork, process: Process) -> None:
    told: list[tuple[str, int]] = []

    def live(name: str, pause: int) -> None:
        for _ in range(2):
            threads[name].sleep(pause)
            told.append((name, clockwork.now // SECOND))

    pauses = {"slow": 3 * SECOND, "quick": 2 * SECOND}
    threads = {name: Thread(clockwork, process, partial(live, name, pause)) for name, pause in pauses.items()}
    for thread in threads.values():
        thread.start()
    clockwork.run(10 * SECOND)

    assert told == [("quick", 2), ("slow", 3), ("quick", 4), ("slow", 6)]
    assert clockwork.now == 10 * SECOND


def test_a_crash_ends_every_thread_of_the_process_where_it_stands(clockwork: Clockwork, process: Process) -> None:
    told: list[str] = []

    def live() -> None:
        try:
            thread.sleep(5 * SECOND)
            told.append("woke up")
        finally:
            told.append(f"unwound at {clockwork.now // SECOND}")

    thread = Thread(clockwork, process, live, lambda done: told.append(f"done: {done}"))
    thread.start()
    clockwork.at(2 * SECOND, process.crash)
    clockwork.run(10 * SECOND)

    assert told == ["unwound at 2", "done: False"]


def test_a_frozen_process_goes_on_when_it_thaws(clockwork: Clockwork, process: Process) -> None:
    told: list[int] = []

    def live() -> None:
        thread.sleep(2 * SECOND)
        told.append(clockwork.now // SECOND)

    thread = Thread(clockwork, process, live)
    thread.start()
    clockwork.at(SECOND, lambda: process.freeze(7 * SECOND))
    clockwork.run(10 * SECOND)

    assert told == [8]


def test_a_clock_that_is_set_moves_the_wall_and_not_the_elapsed_time(clockwork: Clockwork) -> None:
    clock = HostClock(clockwork, offset=SECOND)
    clockwork.run(10 * SECOND)
    before = clock.elapsed()
    clock.step_to(-2 * SECOND)

    assert (clock.now().minute, clock.now().second) == (0, 8)
    assert clock.elapsed() == before
