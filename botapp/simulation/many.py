"""Many worlds for one question: as many customers and days as are asked for, in worlds small enough to look into."""

import hashlib
import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context

from botapp.simulation.faults import Faults
from botapp.simulation.oracle import Verdict, Violation, is_lively, judge
from botapp.simulation.parts import Parts, WorldPlan
from botapp.simulation.run import Result, run_world
from botapp.simulation.telling import tell

LARGEST_WORLD = 500  # customers
LONGEST_WORLD = 10  # days: a weekly cap has time to show
_SEED_BYTES = 4
_DECIDED = frozenset({"sent", "failed", "unknown", "skipped", "superseded", "expired", "claimed"})


@dataclass(frozen=True, slots=True)
class Finding:
    """What the oracle found, in which world, and a short telling of what led to it."""

    plan: WorldPlan
    violation: Violation
    telling: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """What is kept of one world, or of many."""

    plans: tuple[WorldPlan, ...] = ()
    hashes: tuple[str, ...] = ()
    counts: Counter[str] = field(default_factory=Counter)  # of the world's record
    decided: Counter[str] = field(default_factory=Counter)  # re-engagements by state and reason
    answers: Counter[str] = field(default_factory=Counter)  # by state and reason
    sends: int = 0
    lost: int = 0
    sendable: int = 0
    unsent: int = 0
    misses: tuple[Finding, ...] = ()  # those unsent
    answerable: int = 0
    unanswered: int = 0
    worst_lateness_seconds: float = 0.0
    violations: tuple[Finding, ...] = ()

    @property
    def customer_days(self) -> int:
        return sum(plan.customers * plan.days for plan in self.plans)

    @property
    def is_lively(self) -> bool:
        """Whether enough of what could have been sent was."""
        return is_lively(self.sendable, self.unsent)

    @property
    def holds(self) -> bool:
        return not self.violations and self.is_lively

    @property
    def trace_hash(self) -> str:
        """One hash for all worlds, in their order."""
        return self.hashes[0] if len(self.hashes) == 1 else hashlib.sha256("".join(self.hashes).encode()).hexdigest()


def plan_worlds(
    customers: int, days: int, seed: int, faults: Faults = Faults.ALL, campaign: bytes | None = None
) -> list[WorldPlan]:
    """As many worlds as are needed. The first one's seed is the given one: whoever asks for one world gets that."""
    stretches = _shares(days, LONGEST_WORLD)
    groups = _shares(customers, LARGEST_WORLD)
    sizes = [(group, stretch) for stretch in stretches for group in groups]
    return [
        WorldPlan(_seed_of(seed, number), group, stretch, faults, campaign)
        for number, (group, stretch) in enumerate(sizes)
    ]


def run_worlds(plans: Iterable[WorldPlan], jobs: int = 1) -> Iterator[tuple[int, Summary]]:
    """Live through them, in this process or in `jobs` of them; each world's place and summary, as they end."""
    if jobs == 1:
        for place, plan in enumerate(plans):
            yield place, live_and_judge(plan)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=be_quiet) as pool:
        places = {pool.submit(live_and_judge, plan): place for place, plan in enumerate(plans)}
        for future in as_completed(places):
            yield places[future], future.result()


def live_and_judge(plan: WorldPlan, parts: Parts | None = None) -> Summary:
    """One world from its first instant to its verdict."""
    result = run_world(plan, parts)
    return summarise(result, judge(result.trace))


def summarise(result: Result, verdict: Verdict) -> Summary:
    rows = result.trace.reengagements
    return Summary(
        plans=(result.plan,),
        hashes=(result.trace_hash,),
        counts=result.counts,
        decided=Counter(_state_of(row) for row in rows if row["state"] in _DECIDED),
        answers=Counter(_state_of(row) for row in result.trace.replies),
        sends=verdict.sends,
        lost=verdict.lost,
        sendable=verdict.sendable,
        unsent=len(verdict.unsent),
        answerable=verdict.answerable,
        unanswered=verdict.unanswered,
        worst_lateness_seconds=verdict.worst_lateness_seconds,
        misses=_findings(result, verdict.unsent),
        violations=_findings(result, verdict.violations),
    )


def add_up(summaries: Iterable[Summary]) -> Summary:
    """Many as one, in their order."""
    parts = list(summaries)
    return Summary(
        plans=tuple(plan for part in parts for plan in part.plans),
        hashes=tuple(value for part in parts for value in part.hashes),
        counts=sum((part.counts for part in parts), Counter()),
        decided=sum((part.decided for part in parts), Counter()),
        answers=sum((part.answers for part in parts), Counter()),
        sends=sum(part.sends for part in parts),
        lost=sum(part.lost for part in parts),
        sendable=sum(part.sendable for part in parts),
        unsent=sum(part.unsent for part in parts),
        misses=tuple(miss for part in parts for miss in part.misses),
        answerable=sum(part.answerable for part in parts),
        unanswered=sum(part.unanswered for part in parts),
        worst_lateness_seconds=max((part.worst_lateness_seconds for part in parts), default=0.0),
        violations=tuple(violation for part in parts for violation in part.violations),
    )


def _findings(result: Result, violations: Iterable[Violation]) -> tuple[Finding, ...]:
    return tuple(Finding(result.plan, violation, tell(result.trace, violation)) for violation in violations)


def be_quiet() -> None:
    """What production logs of simulated crashes is no news."""
    logging.getLogger("botapp").setLevel(logging.CRITICAL)


def _shares(whole: int, largest: int) -> list[int]:
    """A whole number as a sum of like shares, none above the largest."""
    number = -(-whole // largest)
    return [whole // number + (place < whole % number) for place in range(number)]


def _seed_of(seed: int, number: int) -> int:
    if number == 0:
        return seed
    return int.from_bytes(hashlib.sha256(f"{seed}/{number}".encode()).digest()[:_SEED_BYTES], "big")


def _state_of(row: dict[str, object]) -> str:
    return f"{row['state']} {row['reason']}" if row["reason"] else str(row["state"])
