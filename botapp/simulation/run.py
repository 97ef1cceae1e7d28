"""The way in: one world from its seed, lived through to its end and told."""

from collections import Counter
from dataclasses import dataclass
from random import Random

from botapp.identifiers import drawn_from
from botapp.simulation.faults import Faults
from botapp.simulation.parts import Parts, WorldPlan
from botapp.simulation.record import hash_of
from botapp.simulation.trace import Trace
from botapp.simulation.tracing import trace_of
from botapp.simulation.world import World

__all__ = ["Faults", "Parts", "Result", "WorldPlan", "run_world"]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one world."""

    plan: WorldPlan
    trace: Trace
    trace_hash: str
    counts: Counter[str]


def run_world(plan: WorldPlan, parts: Parts | None = None) -> Result:
    """Live through one world to its end. The oracle judges `Result.trace`."""
    identifiers = Random(f"{plan.seed}/identifiers")  # noqa: S311  to be reproducible is the point
    with drawn_from(identifiers.getrandbits):
        world = World(plan, parts or Parts())
        try:
            world.live()
            trace = trace_of(world)
        finally:
            world.close()
    rows = [tuple(row.values()) for rows in (trace.reengagements, trace.replies, trace.ledger) for row in rows]
    return Result(plan, trace, hash_of(list(trace.happenings), rows), world.record.counts)
