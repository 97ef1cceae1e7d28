"""What one conversation costs from the first webhook to the one more message, by process; and what memory does."""

import time
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import func, select

from bench.figures import Curve, Figure, Result, at_most, at_most_of_limit, compare
from bench.load import LoadSpec
from bench.machine import Family, spent
from bench.queue import DELAY
from bench.stage import PAGE_ID, House, Platform, Stage
from botapp.storage.schema import reengagement, reply

_PLATFORM_SECONDS = 0.02
_CONNECTIONS = 8
_STALL_SECONDS = 60.0
_MOST_MEBIBYTES = {"web": 120, "worker": 200}
_FLAT = 1.1  # of the memory at a quarter of the traffic


class _Watched:
    """A whole installation, its processes and what they used."""

    def __init__(self, stage: Stage, database: str) -> None:
        self.platform: Platform = stage.platform(_PLATFORM_SECONDS)
        self.house: House = stage.house(database, graph_url=self.platform.url)
        self.port, web = self.house.web()
        self.families: dict[str, Family] = {
            "web": web,
            "worker": self.house.process("worker"),
            "ticker": self.house.process("ticker"),
        }
        if database == "postgresql":
            self.families["database"] = stage.servers.postgresql_family
        time.sleep(3)
        self._before = spent(self.families)
        self.memory: list[dict[str, float]] = []

    def look(self) -> None:
        """Keep how much memory web and worker hold now."""
        self.memory.append({name: self.families[name].memory_mib() for name in _MOST_MEBIBYTES})

    def used(self) -> dict[str, float]:
        """CPU seconds of each process since the beginning."""
        return {name: seconds - self._before[name] for name, seconds in spent(self.families).items()}

    def ended(self) -> int:
        """Answers and messages that the platform took."""
        with self.house.installation.database.reading() as connection:
            tables = (reply, reengagement)
            counts = (select(func.count()).select_from(t).where(t.c.state == "sent") for t in tables)
            return sum(int(connection.execute(found).scalar_one()) for found in counts)


def run(stage: Stage) -> Result:
    """People write once each; all are answered, fall silent and get their one more message."""
    people = stage.size.pick(3600, 24)
    figures: list[Figure] = []
    curves: list[Curve] = []
    for database in stage.size.pick(("postgresql", "sqlite"), ("postgresql",)):
        with stage.part() as part:
            watched = _play(part, database, people)
            used = watched.used()
        for name, seconds in used.items():
            figures.append(compare(f"{database}: CPU of {name} for one conversation", "ms", [1000 * seconds / people]))
        total = 1000 * sum(used.values()) / people
        figures.append(compare(f"{database}: CPU of all for one conversation", "ms", [total]))
        figures += _memory_figures(database, watched)
        curves.append(_memory_curve(database, watched))
    note = f"{people:,} conversations: a webhook, an answer with the person's profile, and one more message, each."
    return Result(figures, curves, notes=[note])


def _play(stage: Stage, database: str, people: int) -> _Watched:
    watched = _Watched(stage, database)
    slices = 12
    each = people // slices
    delay = stage.size.pick(timedelta(seconds=30), timedelta(seconds=1))
    for number in range(slices):
        spec = LoadSpec(
            watched.port,
            600,
            _CONNECTIONS,
            PAGE_ID,
            customers=each,
            first_customer=number * each,
            at_most=each,
            ago_seconds=(DELAY - delay).total_seconds(),
        )
        stage.load(spec)
        _wait(lambda done=(number + 1) * each: watched.ended() >= done, watched)  # type: ignore[misc]
        watched.look()
    _wait(lambda: watched.ended() >= 2 * slices * each, watched)
    watched.look()
    return watched


def _wait(condition: Callable[[], bool], watched: _Watched) -> None:
    seen, moved_at = -1, time.monotonic()
    while not condition():
        time.sleep(0.2)
        if watched.ended() != seen:
            seen, moved_at = watched.ended(), time.monotonic()
        if time.monotonic() - moved_at > _STALL_SECONDS:
            raise AssertionError(f"{seen} messages were sent, and no more\n{watched.house.crew.log_tails()}")


def _memory_figures(database: str, watched: _Watched) -> list[Figure]:
    found, flat = [], at_most_of_limit(_FLAT)
    for name, most in _MOST_MEBIBYTES.items():
        sizes = [look[name] for look in watched.memory]
        found.append(compare(f"{database}: memory of {name}, at the end", "MiB", [sizes[-1]], budget=at_most(most)))
        quarter = sizes[len(sizes) // 4]
        against = ("the same at a quarter of the traffic", [quarter])
        found.append(compare(f"{database}: memory of {name}, growth", "MiB", [sizes[-1]], against=against, budget=flat))
    return found


def _memory_curve(database: str, watched: _Watched) -> Curve:
    series = {
        name: [(number + 1, look[name]) for number, look in enumerate(watched.memory)] for name in _MOST_MEBIBYTES
    }
    return Curve(f"memory-{database}", f"Memory, {database}", "traffic, in thirteenths", "MiB", series)
