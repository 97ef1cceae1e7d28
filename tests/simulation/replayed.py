"""A world's log, sealed and exported as a real one is, and what the program in the bundle makes of it."""

from dataclasses import dataclass
from pathlib import Path
from random import Random

from botapp.audit import verify as verifier
from botapp.compliance.export import Exporter
from botapp.compliance.seal import Sealer
from botapp.compliance.signer import Signer
from botapp.identifiers import drawn_from
from botapp.simulation.oracle import Verdict, judge
from botapp.simulation.parts import Parts, WorldPlan
from botapp.simulation.tracing import trace_of
from botapp.simulation.world import World


@dataclass(frozen=True)
class Judged:
    """What the oracle says, who saw the world, and what the replay says, who saw its log alone."""

    verdict: Verdict
    replay: str | None  # the first promise that is broken
    figures: verifier.Figures | None
    log: list[str]  # what of the tree does not hold


def live_and_replay(plan: WorldPlan, parts: Parts, folder: Path) -> Judged:
    """Live through a world, judge it, and replay its log from a bundle in a new folder."""
    identifiers = Random(f"{plan.seed}/identifiers")  # noqa: S311  to be reproducible is the point
    with drawn_from(identifiers.getrandbits):
        world = World(plan, parts)
        try:
            world.live()
            verdict = judge(trace_of(world))
            bundle = _export(world, folder)
        finally:
            world.close()
    opened = verifier.open_bundle(bundle, None)
    said, figures = None, None
    try:
        _, figures = verifier.check_entries([verifier.replay_share(opened, 0, 1)])
        verifier.check_counts(opened, figures)
    except verifier.BrokenError as fault:
        said = str(fault)
    try:
        verifier.check_log(opened)
    except verifier.BrokenError as fault:
        return Judged(verdict, said, figures, [str(fault)])
    return Judged(verdict, said, figures, [])


def _export(world: World, folder: Path) -> Path:
    signer = Signer("simulation/log", folder / "keys")
    Sealer(world.database, signer.sign).seal()
    Exporter(world.database, signer).export_log(folder / "bundle", world.store.clock.now())
    return folder / "bundle"
