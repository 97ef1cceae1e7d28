"""The desk over a day's log: people who wrote, were written to, said no; everything sealed and counted."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask

from botapp.policy.access import ALL_PAGES, Role
from botapp.storage import tally
from tests.console.compliance.visitor import Visitor, visit
from tests.world import World, standing_world


@dataclass
class Day:
    """What happened, and to whom (the platform's ids)."""

    world: World
    app: Flask
    alice: str  # was sent one, and took it up
    bob: str  # said stop
    _names: Iterator[str]

    def log_in(self, role: Role = Role.AUDITOR, account_id: int = ALL_PAGES) -> Visitor:
        """A staff member of that role before the desk."""
        return visit(self.world, self.app.test_client(), next(self._names), role, account_id)

    def contact(self, psid: str) -> str:
        """The path of somebody's timeline."""
        [found] = [row for row in self.world.contacts() if row.platform_contact_id == psid]
        return f"/pages/{found.account_id}/contacts/{found.id}"

    def seal(self) -> None:
        """What the ticker does."""
        self.world.installation.sealer().seal()
        with self.world.installation.database.transaction() as connection:
            tally.advance(connection, 10_000)


def make_day(world: World) -> Day:
    """Some people's day."""
    world.replan()
    alice = world.falls_silent("Alice Ng", ago=timedelta(hours=5))
    world.work()
    world.says(alice, "thank you")
    bob = world.falls_silent("Bob Ray", ago=timedelta(hours=3))
    world.says(bob, "STOP", ago=timedelta(hours=2))
    world.answer()
    day = Day(world, world.installation.console(), alice, bob, iter(f"member-{n}" for n in range(99)))
    day.seal()
    return day


@pytest.fixture
def day(world: World) -> Day:
    """On each database in turn."""
    return make_day(world)


@pytest.fixture
def sqlite_day(sqlite_database_url: str, redis_url: str, var_dir: object) -> Iterator[Day]:
    """Where the database is no matter."""
    with standing_world(sqlite_database_url, redis_url, var_dir) as world:  # type: ignore[arg-type]
        yield make_day(world)


Waiting = Callable[..., None]
