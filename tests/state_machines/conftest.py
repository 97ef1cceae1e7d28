"""What the state machines share: databases of each kind, one of them in memory, and how long to look.

Quick by default, a few seconds each and always the same stories; `BOTAPP_TEST_EFFORT=50` tells fifty times as many,
other ones each time.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from botapp.storage.engine import Database
from tests import databases, servers
from tests.state_machines.times import SetClock
from tests.storage.by_hand import Hand

Play = Callable[[type[RuleBasedStateMachine], int], None]


@pytest.fixture
def play() -> Play:
    """`play(machine, stories)`: looks for a story that breaks it, and tells the shortest."""
    effort = int(os.environ.get("BOTAPP_TEST_EFFORT", "1"))

    def run(machine: type[RuleBasedStateMachine], stories: int) -> None:
        profile = settings(
            max_examples=stories * effort,
            stateful_step_count=30,
            deadline=None,  # machines are noisy: a slow story is no fault
            database=None,
            derandomize=effort == 1,
            suppress_health_check=list(HealthCheck),
        )
        run_state_machine_as_test(machine, settings=profile)

    return run


@pytest.fixture
def clock() -> SetClock:
    """Shows what it is set to."""
    return SetClock()


@pytest.fixture
def memory(test_run: servers.Run, tmp_path: Path, clock: SetClock) -> Iterator[Database]:
    """A migrated SQLite database in memory."""
    template = databases.sqlite_copy(test_run, tmp_path / "template.sqlite").removeprefix("sqlite:///")
    opened = Database("sqlite://", clock=clock)
    with sqlite3.connect(template) as source, opened.engine.connect() as connection:
        own = connection.connection.driver_connection
        assert isinstance(own, sqlite3.Connection)
        source.backup(own)
    source.close()
    yield opened
    opened.close()


@pytest.fixture(params=["memory", "postgresql"])
def hand(request: pytest.FixtureRequest, clock: SetClock) -> Iterator[Hand]:
    """Somebody at the prompt of each kind of database in turn."""
    if request.param == "memory":
        yield Hand(request.getfixturevalue("memory"))
        return
    opened = Database(request.getfixturevalue("postgresql_database_url"), clock=clock)
    yield Hand(opened)
    opened.close()
