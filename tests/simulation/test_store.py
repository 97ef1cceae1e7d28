"""The database of a world: one writer at a time, and what becomes of one that dies or freezes."""

from collections.abc import Callable, Iterator
from contextvars import copy_context

import pytest
from sqlalchemy.exc import OperationalError

from botapp.simulation.clockwork import SECOND, Clockwork, HostClock, Process, Thread
from botapp.simulation.store import SimulatedDatabase, Store
from botapp.storage import counters


class _At:
    """Does something at one boundary of one thread."""

    def __init__(self, where: str, act: Callable[[Thread], None]) -> None:
        self.where = where
        self.act = act

    def pass_database(self, thread: Thread, where: str) -> None:
        if where == self.where and thread.process.kind == "first":
            self.act(thread)


@pytest.fixture
def clockwork() -> Clockwork:
    return Clockwork(0, copy_context())


@pytest.fixture
def store(clockwork: Clockwork) -> Iterator[Store]:
    store = Store(clockwork, HostClock(clockwork))
    yield store
    store.close()


@pytest.fixture
def database(store: Store, clockwork: Clockwork) -> SimulatedDatabase:
    return SimulatedDatabase(store, clockwork)


def _spawn(clockwork: Clockwork, kind: str, run: Callable[[], None]) -> Thread:
    thread = Thread(clockwork, Process(clockwork, kind, HostClock(clockwork)), run)
    thread.start()
    return thread


def _count(database: SimulatedDatabase, name: str) -> Callable[[], None]:
    def run() -> None:
        with database.transaction() as connection:
            counters.add(connection, {name: 1})

    return run


def _counted(store: Store) -> set[str]:
    return {row[0] for row in store.query("SELECT name FROM counter")}


def _freeze(thread: Thread, store: Store, duration: int) -> None:
    thread.process.freeze(duration)
    store.freeze_holder(thread)
    thread.sleep(duration)


@pytest.mark.parametrize(("where", "kept"), [("begin", False), ("commit", False), ("committed", True)])
def test_a_crash_keeps_what_was_committed_and_nothing_else(
    clockwork: Clockwork, store: Store, database: SimulatedDatabase, where: str, kept: bool
) -> None:
    def crash(thread: Thread) -> None:
        thread.process.crash()
        thread.sleep(1)  # whatever it touches next ends it

    store.boundaries = _At(where, crash)
    _spawn(clockwork, "first", _count(database, "it"))
    clockwork.run(SECOND)
    _spawn(clockwork, "second", _count(database, "another"))
    clockwork.run(2 * SECOND)

    assert _counted(store) == ({"it", "another"} if kept else {"another"})


def test_a_writer_waits_for_a_writer_that_stands_still(
    clockwork: Clockwork, store: Store, database: SimulatedDatabase
) -> None:
    store.boundaries = _At("commit", lambda thread: _freeze(thread, store, 3 * SECOND))
    _spawn(clockwork, "first", _count(database, "it"))
    _spawn(clockwork, "second", _count(database, "another"))
    clockwork.run(SECOND)
    early = store.commits
    clockwork.run(4 * SECOND)

    assert early == 0
    assert _counted(store) == {"it", "another"}


def test_a_writer_that_stands_still_for_too_long_loses_its_transaction(
    clockwork: Clockwork, store: Store, database: SimulatedDatabase
) -> None:
    errors: list[str] = []

    def run() -> None:
        try:
            _count(database, "it")()
        except OperationalError as error:
            errors.append(str(error.orig))

    store.boundaries = _At("commit", lambda thread: _freeze(thread, store, 60 * SECOND))
    _spawn(clockwork, "first", run)
    _spawn(clockwork, "second", _count(database, "another"))
    clockwork.run(10 * SECOND)

    assert _counted(store) == {"another"}
    clockwork.run(70 * SECOND)
    assert errors == ["terminated while it was idle"]
    assert _counted(store) == {"another"}


def test_the_schema_is_production_s_with_its_triggers(store: Store) -> None:
    triggers = {row[0] for row in store.query("SELECT name FROM sqlite_master WHERE type = 'trigger'")}

    assert "ledger_entry_update_guard" in triggers
