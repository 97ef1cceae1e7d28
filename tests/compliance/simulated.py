"""A simulated world that was lived through, with every fault or others, as an ordinary database file to look into."""

from pathlib import Path
from random import Random

from botapp.bootstrap.installation import Installation
from botapp.clock import SystemClock
from botapp.identifiers import drawn_from
from botapp.reengagement.terms import HouseRules
from botapp.settings import load_settings
from botapp.simulation.faults import Faults
from botapp.simulation.parts import Parts, WorldPlan
from botapp.simulation.world import World
from botapp.storage.engine import Database


def live(seed: int, path: Path, *, customers: int = 80, days: int = 7, faults: Faults = Faults.ALL) -> Database:
    """The database that such a world leaves behind."""
    with drawn_from(Random(seed).getrandbits):  # noqa: S311  to be reproducible is the point
        world = World(WorldPlan(seed, customers, days, faults), Parts())
        try:
            world.live()
            path.write_bytes(world.store.raw.serialize())
        finally:
            world.close()
    return Database(f"sqlite:///{path}", clock=SystemClock())


def house() -> HouseRules:
    """By which such worlds live."""
    return Installation(load_settings(), SystemClock()).house
