"""The database of a world: the production schema on SQLite in memory, and one writer at a time.

Where a transaction begins and ends, its process may crash, freeze or find the database away. A frozen writer loses its
transaction after five seconds, as PostgreSQL's idle_in_transaction_session_timeout has it.
"""

import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol, cast

from sqlalchemy import URL, Connection, Dialect, Engine, create_engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import StaticPool

from botapp.simulation.clockwork import SECOND, Clockwork, Crashed, HostClock, Thread
from botapp.storage.engine import Database
from botapp.storage.migrate import upgrade

_IDLE_TIMEOUT = 5 * SECOND
_LOCK_TIMEOUT = 10 * SECOND


class Boundaries(Protocol):
    """What may befall a thread where it touches the world outside of its process."""

    def pass_database(self, thread: Thread, where: str) -> None:
        """May sleep, raise Crashed, or raise OperationalError."""
        ...


@cache
def _empty_database() -> bytes:
    """The production schema as its migrations make it, triggers and all; made once in each process."""
    with TemporaryDirectory() as directory:
        path = Path(directory) / "empty.db"
        upgrade(f"sqlite:///{path}")
        with sqlite3.connect(path) as on_disk, sqlite3.connect(":memory:") as in_memory:
            on_disk.execute("PRAGMA journal_mode=DELETE")
            on_disk.backup(in_memory)
            empty = in_memory.serialize()
        on_disk.close()
        in_memory.close()
    return empty


@dataclass(frozen=True, slots=True)
class _Known:
    """What SQLAlchemy learns of SQLite, and compiles for it."""

    url: URL
    dialect: Dialect
    compiled: dict[Any, Any] = field(default_factory=dict)


@cache
def _known_to_all() -> _Known:
    """Once in each process: a world is over before it has used most of what is compiled twice."""
    engine = create_engine("sqlite://")
    with engine.connect():  # asks the database for what it can
        known = _Known(engine.url, engine.dialect)
    engine.dispose()
    return known


class _Raw(sqlite3.Connection):
    """A connection that stands in for the pool's proxy of itself."""

    @property
    def dbapi_connection(self) -> "_Raw":
        return self


class _LightConnection:
    """What production's statements need of a SQLAlchemy Connection, without a pool's bookkeeping at each of them.

    Statements that go through SQLAlchemy's compiler are passed on.
    """

    def __init__(self, whole: Connection, raw: _Raw) -> None:
        self.connection = raw
        self.dialect = whole.dialect
        self.info = whole.info
        self.execute = whole.execute


class Store:
    """The one database that all processes of a world share."""

    def __init__(self, clockwork: Clockwork, clock: HostClock) -> None:
        self.clock = clock
        self.boundaries: Boundaries | None = None
        self.on_commit: Callable[[], object] | None = None
        self.commits = 0
        self.raw = sqlite3.connect(":memory:", isolation_level=None, cached_statements=500, factory=_Raw)
        # Copied: what is deserialised stays a file to SQLite, to which every commit writes its pages.
        with closing(sqlite3.connect(":memory:")) as empty:
            empty.deserialize(_empty_database())
            empty.backup(self.raw)
        for pragma in ("foreign_keys=ON", "recursive_triggers=ON", "journal_mode=MEMORY", "temp_store=MEMORY"):
            self.raw.execute(f"PRAGMA {pragma}")
        self._clockwork = clockwork
        self._holder: Thread | None = None
        self._waiting: deque[Thread] = deque()
        known = _known_to_all()
        self.engine = Engine(StaticPool(lambda: cast("Any", self.raw)), known.dialect, known.url)
        options = {"isolation_level": "AUTOCOMMIT", "compiled_cache": known.compiled}
        self._whole = self.engine.connect().execution_options(**options)
        self.connection = cast("Connection", _LightConnection(self._whole, self.raw))

    def close(self) -> None:
        self._whole.close()
        self.engine.dispose()
        self.raw.close()

    def begin(self, thread: Thread | None) -> None:
        """Wait for the write lock, and take it."""
        if thread is not None:
            told, thread.on_commit = thread.on_commit, None  # if it cannot even begin, it has nothing to tell
            self._pass(thread, "begin")
            self._wait_for_lock(thread)
            self._holder = thread
            thread.lost_its_transaction = False
            thread.on_commit = told
        self.raw.execute("BEGIN IMMEDIATE")

    def commit(self, thread: Thread | None) -> None:
        """The one instant at which it becomes true."""
        if thread is not None:
            self._pass(thread, "commit")
            if thread.lost_its_transaction:
                raise away("terminated while it was idle")
            thread.committed_at = self._clockwork.now
        self.raw.execute("COMMIT")
        self.commits += 1
        if thread is not None and thread.on_commit is not None:
            told, thread.on_commit = thread.on_commit, None
            told()
        if self.on_commit is not None:
            self.on_commit()
        self._release(thread)
        if thread is not None:
            self._pass(thread, "committed")

    def roll_back(self, thread: Thread | None) -> None:
        if thread is not None:
            thread.on_commit = None  # what it was about to tell did not come true
        if thread is not None and (thread.lost_its_transaction or self._holder is not thread):
            return
        self.raw.execute("ROLLBACK")
        self._release(thread)

    def look(self, thread: Thread | None) -> None:
        """Before reading: whoever writes now is done or gone first."""
        if thread is not None:
            self._pass(thread, "read")
            self._wait_for_lock(thread)
            thread.asked_at = self._clockwork.now

    def freeze_holder(self, thread: Thread) -> None:
        """The thread stands still now; if it holds the lock, it loses it when its time is up."""
        if self._holder is thread:
            self._clockwork.at(self._clockwork.now + _IDLE_TIMEOUT, lambda: self._expel(thread))

    def query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """The world itself looks, past all actors. Only for reading."""
        return self.raw.execute(sql, values).fetchall()

    def _pass(self, thread: Thread, where: str) -> None:
        if thread.process.is_dead:
            raise Crashed
        if self.boundaries is not None:
            self.boundaries.pass_database(thread, where)

    def _wait_for_lock(self, thread: Thread) -> None:
        until = self._clockwork.now + _LOCK_TIMEOUT
        while self._holder is not None:
            self._waiting.append(thread)
            thread.wake_at(until)
            thread.park()
            if self._clockwork.now >= until and self._holder is not None:
                raise away("lock timeout")

    def _expel(self, thread: Thread) -> None:
        # Still frozen in the same transaction?
        if self._holder is thread and thread.process.frozen_until > self._clockwork.now:
            self.raw.execute("ROLLBACK")
            thread.lost_its_transaction = True
            self._release(thread)

    def _release(self, thread: Thread | None) -> None:
        if thread is None:
            return
        self._holder = None
        while self._waiting:
            self._waiting.popleft().wake_at(self._clockwork.now)


class SimulatedDatabase(Database):
    """What production code is handed. Its transactions are those of the store, by whichever thread runs now."""

    def __init__(
        self, store: Store, clockwork: Clockwork
    ) -> None:  # no call of super: it would open a database of its own
        self.engine = store.engine
        self.store = store
        self._clockwork = clockwork

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        store, thread = self.store, self._clockwork.current
        store.begin(thread)
        try:
            yield store.connection
            store.commit(thread)
        except BaseException:
            store.roll_back(thread)
            raise

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        self.store.look(self._clockwork.current)
        yield self.store.connection

    def now(self, connection: Connection) -> datetime:  # noqa: ARG002  the signature is the production class's
        return self.store.clock.now()


def away(why: str) -> OperationalError:
    """What SQLAlchemy raises when the database does not do as it should."""
    return OperationalError("", {}, cast("BaseException", sqlite3.OperationalError(why)))
