"""A wrong variant of our own protocol, and the search for the first world in which it breaks a promise."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any

import pytest

from botapp.simulation.oracle import Broken, Verdict, Violation, is_lively, judge
from botapp.simulation.run import Parts, WorldPlan, run_world

MOST_CUSTOMER_DAYS = 20_000
_DAY = timedelta(days=1)
Patch = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is planted, and which promises it is expected to break.

    `guard`: what else had to be taken away, because the schema alone would have stopped it. `shows_at`: the seed at
    which tests begin to look, to be quick; `table.py`, which says how soon it is found, begins with the first.
    """

    name: str
    broken: frozenset[Broken]
    parts: Parts = field(default_factory=Parts)
    patches: tuple[Patch, ...] = ()  # for what cannot be handed in as a part
    world: tuple[Patch, ...] = ()  # makes the world itself wilder
    guard: str = ""
    campaign: bytes | None = None
    customers: int = 30
    days: int = 8
    shows_at: int = 1


@dataclass(frozen=True, slots=True)
class Found:
    """Where a fault first showed."""

    seed: int
    customer_days: float  # lived through until then, worlds before it included
    violation: Violation


def plan_of(fault: Fault, seed: int) -> WorldPlan:
    return WorldPlan(seed=seed, customers=fault.customers, days=fault.days, campaign=fault.campaign)


@contextmanager
def applied(patches: Iterable[Patch]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        for patch in patches:
            patch(monkeypatch)
        yield


def search(fault: Fault, begin_at: int = 1) -> Found | None:
    """Live through one world after the other, from that seed on, until one breaks an expected promise."""
    size = fault.customers * fault.days
    with applied((*fault.world, *fault.patches)):
        for number in range(MOST_CUSTOMER_DAYS // size):
            seed = begin_at + number
            trace = run_world(plan_of(fault, seed), fault.parts).trace
            violation = first_expected(judge(trace), fault.broken)
            if violation is not None:
                lived = min(max((violation.at - trace.begins_at) / _DAY, 0), fault.days)
                return Found(seed, number * size + lived * fault.customers, violation)
    return None


def without_the_fault(fault: Fault, seed: int) -> Verdict:
    """What the correct code makes of the same world. Many faults are looked for in the same one."""
    return _judged(plan_of(fault, seed), fault.world)


@cache
def _judged(plan: WorldPlan, world: tuple[Patch, ...]) -> Verdict:
    with applied(world):
        return judge(run_world(plan).trace)


def first_expected(verdict: Verdict, expected: frozenset[Broken]) -> Violation | None:
    """The first violation of an expected kind; too few sends are one, held against this world alone."""
    violations = list(verdict.violations)
    if not is_lively(verdict.sendable, len(verdict.unsent)):
        violations += verdict.unsent
    return next((v for v in sorted(violations, key=lambda v: v.at) if v.promise in expected), None)


def without(*statements: str) -> Callable[[Any], None]:
    """Takes guards of the schema away: handed in as `Parts.after_schema`."""

    def take_away(connection: Any) -> None:
        for statement in statements:
            connection.execute(statement)

    return take_away
