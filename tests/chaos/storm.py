"""What goes wrong, one thing after the other: the same blows in the same order for the same seed."""

import random
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import psutil
import requests
from sqlalchemy.exc import SQLAlchemyError

from tests.chaos.arena import Arena
from tests.chaos.deeds import Deeds

_FAULTS = {
    "latency=0.3": 0.2,
    "slow_answer=3": 0.03,  # accepted, and the answer comes after everybody has given up
    "drop_before": 0.03,
    "drop_after": 0.04,
    "status=500": 0.03,
    "status_after=500": 0.03,
    "error=1/1357046": 0.03,  # accepted, as the platform documents
    "error=613": 0.01,
    "no_echo": 0.3,
    "duplicate=2": 0.15,
    "reorder": 0.1,
    "delay=2": 0.03,
}
_AT_ONCE = 8


@dataclass
class Storm:
    """Strikes the arena from a shuffled deck, so that nobody is spared."""

    arena: Arena
    dice: random.Random
    counts: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)  # there was nobody to strike
    _deck: list[str] = field(default_factory=list)
    _under_way: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.deeds = Deeds(self.arena)
        self._table = self.deeds.table()
        # Every blow once before any falls again, so that a short storm is a whole one.
        self._deck = self.dice.sample(list(self._table), len(self._table))
        self._pool = ThreadPoolExecutor(_AT_ONCE, "blow")

    def brew(self) -> None:
        """Make the platform faulty."""
        rules = [
            {"fault": fault, "probability": probability, "seed": self.dice.randrange(1 << 30)}
            for fault, probability in _FAULTS.items()
        ]
        requests.post(f"{self.arena.sandbox_url}/sandbox/faults", json=rules, timeout=10).raise_for_status()

    def rage(self, *, pause_seconds: float, is_over: Callable[[], bool]) -> None:
        """A blow after each pause (on average) until it is over."""
        while not is_over():
            time.sleep(self.dice.uniform(0.5, 1.5) * pause_seconds)
            self._strike()

    def end(self) -> None:
        """Everything stands again."""
        self.deeds.calm.set()
        self._pool.shutdown()
        requests.delete(f"{self.arena.sandbox_url}/sandbox/faults", timeout=10).raise_for_status()

    def untried(self) -> list[str]:
        """The blows that have not fallen, on anybody or on nobody."""
        return sorted(self._table.keys() - self.counts.keys() - self.missed.keys())

    def _strike(self) -> None:
        if not self._deck:
            whole = [name for name, (weight, _) in self._table.items() for _ in range(weight)]
            self._deck = self.dice.sample(whole, len(whole))
        blow, salt = self._deck.pop(), self.dice.random()
        if blow not in self._under_way:  # what lasts is not begun twice
            self._under_way.add(blow)
            self._pool.submit(self._carry_out, blow, random.Random(salt))  # noqa: S311  to be repeatable

    def _carry_out(self, blow: str, dice: random.Random) -> None:
        self.arena.fleet.tell(f"begin: {blow}")
        try:
            done = self._table[blow][1](dice)
        except (psutil.Error, requests.RequestException, SQLAlchemyError, OSError):
            done = False  # what it asked was itself away
        self.arena.fleet.tell(f"done: {blow}" if done else f"missed: {blow}")
        self._under_way.discard(blow)
        (self.counts if done else self.missed)[blow] += 1
