"""Keeping a process of many threads on one core.

The threads of a Python process take turns. When a turn passes to a thread on another core, that core has to be woken,
which on a virtual machine costs more than most turns do: a process whose threads wait for a database all the time gets
more done on one core than on several (docs/decisions.md, 21). The core is left to others when they need it.
"""

import os
import random
import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_STATISTICS = Path("/proc/stat")
_TASKS = Path("/proc/self/task")
_FIRST_LOOK_SECONDS = 0.05
_LOOK_SECONDS = 5.0
_WORTH_MOVING = 0.3  # of a core, that others take more of ours than of another


@dataclass(frozen=True, slots=True)
class _Look:
    """Seconds that each core has been busy, and that this process has."""

    at: float
    busy: Mapping[int, float]
    own: float


def keep_to_one_core() -> bool:
    """Stay on the idlest core, and move when others crowd it; False where the system has no such thing.

    Threads started from now on stay there, too; processes started from now on would as well, so a process that starts
    others must not call this.
    """
    if not hasattr(os, "sched_setaffinity") or not _STATISTICS.exists():
        return False
    allowed = os.sched_getaffinity(0)
    if len(allowed) > 1:
        first = _look()
        time.sleep(_FIRST_LOOK_SECONDS * random.uniform(1, 2))  # noqa: S311  so that two do not choose alike
        last = _look()
        core = idlest(_load(first, last), allowed)
        os.sched_setaffinity(0, {core})
        threading.Thread(target=_watch, args=(core, allowed, last), name="core", daemon=True).start()
    return True


def idlest(load: Mapping[int, float], allowed: Iterable[int]) -> int:
    """The core that is used least; of several, any."""
    return min(allowed, key=lambda core: (round(load.get(core, 0.0), 1), random.random()))  # noqa: S311  the same


def better_core(load: Mapping[int, float], own: float, present: int, allowed: Iterable[int]) -> int:
    """Where to be, given what share of each core is used and what share of ours we use: here, or on an idler core."""
    others = max(load.get(present, 0.0) - own, 0.0)
    best = idlest({**load, present: others}, allowed)
    return best if others - load.get(best, 0.0) > _WORTH_MOVING else present


def _watch(core: int, allowed: set[int], last: _Look) -> None:
    while True:
        time.sleep(_LOOK_SECONDS * random.uniform(0.8, 1.2))  # noqa: S311  the same
        now = _look()
        chosen = better_core(_load(last, now), (now.own - last.own) / (now.at - last.at), core, allowed)
        if chosen != core:
            _move(chosen)
            core = chosen
        last = now


def _move(core: int) -> None:
    for task in _TASKS.iterdir():
        with suppress(OSError):  # it has ended meanwhile
            os.sched_setaffinity(int(task.name), {core})


def _look() -> _Look:
    tick_seconds = 1 / os.sysconf("SC_CLK_TCK")
    busy = {}
    for line in _STATISTICS.read_text(encoding="ascii").splitlines():
        name, *fields = line.split()
        if name.startswith("cpu") and name != "cpu":
            ticks = [int(field) for field in fields]
            # Everything but idle and waiting for a disk; what a guest used is among the rest already.
            busy[int(name[3:])] = (sum(ticks[:8]) - ticks[3] - ticks[4]) * tick_seconds
    return _Look(time.monotonic(), busy, time.process_time())


def _load(earlier: _Look, later: _Look) -> dict[int, float]:
    seconds = later.at - earlier.at
    return {core: (at - earlier.busy.get(core, at)) / seconds for core, at in later.busy.items()}
