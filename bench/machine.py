"""The machine under the benchmark: what it is, how busy others kept it, and what our processes used of it."""

import os
import platform
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import psutil

_PACKAGES = ("flask", "gunicorn", "granian", "psycopg", "redis", "requests", "rq", "sqlalchemy")
_MEBIBYTE = 1 << 20
_Figure = TypeVar("_Figure")


def describe() -> dict[str, Any]:
    """What does not change during a run."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / (1 << 30), 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
        "commit": _commit(),
    }


@contextmanager
def on_one_core() -> Iterator[None]:
    """The threads that are started in the block stay together, as those of a worker do."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


class Surroundings:
    """How busy the machine was between two looks, by whomever."""

    def __init__(self) -> None:
        self._times = psutil.cpu_times()

    def seen(self) -> dict[str, float]:
        """Shares of all cores' time since the beginning, and the load average now."""
        before, now = self._times, psutil.cpu_times()
        spent = {name: getattr(now, name) - getattr(before, name) for name in ("idle", "iowait", "steal")}
        total = max(sum(now) - sum(before), 1e-9)
        return {
            "busy_percent": round(100 * (1 - (spent["idle"] + spent["iowait"]) / total), 1),
            "steal_percent": round(100 * spent["steal"] / total, 2),
            "load_average": round(os.getloadavg()[0], 2),
        }


class Family:
    """A process and all that descend from it."""

    def __init__(self, process_id: int) -> None:
        self._head = psutil.Process(process_id)

    def cpu_seconds(self) -> float:
        """User and system time so far, of those that have ended too."""
        times = self._of_each(psutil.Process.cpu_times)
        return sum(used.user + used.system + used.children_user + used.children_system for used in times)

    def memory_mib(self) -> float:
        """The largest resident set among the members; a sum would count shared pages twice."""
        return max(self._resident_bytes()) / _MEBIBYTE

    def whole_memory_mib(self) -> float:
        """The resident sets of all members together; shared pages count once for each."""
        return sum(self._resident_bytes()) / _MEBIBYTE

    def parent(self) -> "Family":
        """That of the process that started it."""
        parent = self._head.parent()
        if parent is None:
            raise ProcessLookupError
        return Family(parent.pid)

    def _resident_bytes(self) -> list[int]:
        return [memory.rss for memory in self._of_each(psutil.Process.memory_info)]

    def _of_each(self, figure: Callable[[psutil.Process], _Figure]) -> list[_Figure]:
        """Read anew where a member ended meanwhile: what it took has become its parent's."""
        while True:
            try:
                return [figure(each) for each in (self._head, *self._head.children(recursive=True))]
            except psutil.NoSuchProcess as gone:
                if gone.pid == self._head.pid:
                    raise


def spent(families: Mapping[str, Family]) -> dict[str, float]:
    """CPU seconds of each."""
    return {name: family.cpu_seconds() for name, family in families.items()}


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    found = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parent)
    return found.stdout.strip() or "unknown"
