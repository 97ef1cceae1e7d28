"""Which core a process keeps to, and when it makes room."""

import os
import subprocess
import sys

import pytest

from botapp.runtime.cores import better_core, idlest

needs_affinity = pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2,
    reason="this system has one core, or does not let a process choose among several",
)


def test_the_idlest_core_is_chosen() -> None:
    assert idlest({0: 0.9, 1: 0.2, 2: 0.6}, {0, 1, 2}) == 1
    assert idlest({0: 0.0, 1: 0.2, 2: 0.6}, {1, 2}) == 1, "only what is allowed"


def test_of_cores_that_are_as_idle_not_always_the_same_is_chosen() -> None:
    assert {idlest({0: 0.01, 1: 0.02}, {0, 1}) for _ in range(100)} == {0, 1}


@pytest.mark.parametrize(
    ("load", "own", "chosen"),
    [
        ({0: 1.0, 1: 0.1}, 1.0, 0),  # all of it is ours: elsewhere would be no better
        ({0: 1.0, 1: 0.1}, 0.5, 1),  # others take half of it
        ({0: 1.0, 1: 0.3}, 0.5, 0),  # not worth the way
        ({0: 1.0, 1: 0.9}, 0.1, 0),  # it is as full there
        ({0: 0.2, 1: 0.0}, 0.0, 0),
    ],
)
def test_a_crowded_core_is_left_for_one_that_is_clearly_idler(load: dict[int, float], own: float, chosen: int) -> None:
    assert better_core(load, own, 0, {0, 1}) == chosen


@needs_affinity
def test_a_process_with_all_its_later_threads_keeps_to_one_core() -> None:
    program = (
        "import os, threading\n"
        "from botapp.runtime.cores import keep_to_one_core\n"
        "assert keep_to_one_core()\n"
        "found = [os.sched_getaffinity(0)]\n"
        "thread = threading.Thread(target=lambda: found.append(os.sched_getaffinity(0)))\n"
        "thread.start(); thread.join()\n"
        "print(len(found[0]), found[0] == found[1])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603  ourselves
    assert done.stdout.split() == ["1", "True"]
