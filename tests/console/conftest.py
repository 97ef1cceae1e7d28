"""The console over a whole installation, its staff, and the browsers they sit at."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.console.chromium import open_chromium
from tests.console.office import Office, TurnedClock
from tests.world import standing_world


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with open_chromium() as browser:
        yield browser


@pytest.fixture
def office(open_office: Callable[..., Office]) -> Office:
    """Over SQLite: most of what pages do is the same over both databases."""
    return open_office()


@pytest.fixture
def each_office(database_url: str, redis_url: str, var_dir: Path) -> Iterator[Office]:
    """On each database in turn: for what the database decides."""
    clock = TurnedClock()
    with standing_world(database_url, redis_url, var_dir, own_clock=clock) as world:
        yield Office(world, clock)


@pytest.fixture
def open_office(sqlite_database_url: str, redis_url: str, var_dir: Path) -> Iterator[Callable[..., Office]]:
    """An office with settings of its own, over SQLite: `open_office(public_url="https://bot.example")`."""
    opened = []

    def make(**settings: object) -> Office:
        clock = TurnedClock()
        standing = standing_world(sqlite_database_url, redis_url, var_dir, own_clock=clock, **settings)
        opened.append(standing)
        return Office(standing.__enter__(), clock)

    yield make
    for standing in opened:
        standing.__exit__(None, None, None)
