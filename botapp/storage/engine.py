"""The database: SQLite or PostgreSQL behind one small class."""

import shutil
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.exc import TimeoutError as WaitingTooLongError
from sqlalchemy.pool import ConnectionPoolEntry

from botapp.clock import Clock
from botapp.storage.pipeline import PipelineCursor, close_pipeline, forget, open_pipeline
from botapp.storage.statement import Statement, hide_row
from botapp.storage.times import from_microseconds

_BUSY_TIMEOUT_SECONDS = 10
_ROOM_BYTES = 8 << 20  # for the largest webhook, twice over
_TRUSTED_SECONDS = 1.0  # a connection that was used so lately is not asked whether it still lives
_NOW = Statement("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)")
_BEGIN = Statement("BEGIN")
_COMMIT = Statement("COMMIT")
_BEGIN_WRITING = Statement("BEGIN IMMEDIATE")


class Database:
    """Opens transactions and tells the time that decides."""

    def __init__(self, url: str, *, clock: Clock, pool_size: int = 20) -> None:
        if make_url(url).get_backend_name() == "postgresql":
            self.engine = _postgresql_engine(url, pool_size, clock)
            self.writer = _pipelined(_postgresql_engine(url, pool_size, clock, isolation_level="AUTOCOMMIT"))
        else:
            self.engine = self.writer = _sqlite_engine(url, pool_size)
        self._reader = self.engine.execution_options(reading=True)
        # Commands end without closing what they opened, and psycopg complains of connections left to the collector.
        weakref.finalize(self, _close, self.engine, self.writer).atexit = False
        self._clock = clock
        self._turns = threading.Lock()

    @property
    def is_postgresql(self) -> bool:
        return self.engine.dialect.name == "postgresql"

    def has_room(self) -> bool:
        """Whether the disk has room for a transaction. Of PostgreSQL's own disk its server alone knows."""
        file = self.engine.url.database
        return self.is_postgresql or file is None or shutil.disk_usage(Path(file).parent).free >= _ROOM_BYTES

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction that may write. On SQLite it takes the write lock at once, so that no reader turns writer."""
        with self._turn(), self.writer.begin() as connection:
            yield connection

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """SQLite has one writer. Its own waiting is to sleep and to ask again, which is neither quick nor fair."""
        if self.is_postgresql:
            yield
        elif not self._turns.acquire(timeout=_BUSY_TIMEOUT_SECONDS):
            raise WaitingTooLongError("another thread of this process has not finished with the database")
        else:
            try:
                yield
            finally:
                self._turns.release()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads; on SQLite it waits for no writer."""
        with self._reader.begin() as connection:
            yield connection

    def now(self, connection: Connection) -> datetime:
        """The database's own clock now, not at the transaction's start. An embedded database has the host's."""
        if self.is_postgresql:
            return from_microseconds(_NOW.scalar(connection))
        return self._clock.now()

    def clock_offset(self) -> timedelta:
        """How far the database's clock is ahead of this host's, at the least: what asking takes is no difference."""
        with self.reading() as connection:
            before = self._clock.now()
            theirs = self.now(connection)
            after = self._clock.now()
        return max(theirs - after, timedelta(0)) + min(theirs - before, timedelta(0))

    def close(self) -> None:
        _close(self.engine, self.writer)


def _close(*engines: Engine) -> None:
    for engine in engines:
        engine.dispose()


def _postgresql_engine(url: str, pool_size: int, clock: Clock, **options: Any) -> Engine:  # noqa: ANN401  SQLAlchemy's
    # A claim must survive the crash of the server, whatever the server's default is.
    # A process that freezes inside a transaction loses its locks before those who wait for them give up.
    settings = "-c synchronous_commit=on -c timezone=UTC -c lock_timeout=10s"
    settings += " -c idle_in_transaction_session_timeout=5s"
    # Each statement has its index. A planner that has no statistics yet takes a small table for an empty one, and
    # keeps the plan; nor is there one that is worth planning anew, or compiling.
    settings += " -c enable_seqscan=off -c plan_cache_mode=force_generic_plan -c jit=off"
    engine = create_engine(
        hide_parameters=True,  # people's words must not stand in error texts
        url=make_url(url).set(drivername="postgresql+psycopg"),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_reset_on_return=None,  # by `_undo` instead
        connect_args={"options": settings, "connect_timeout": 5, "cursor_factory": PipelineCursor},
        **options,
    )
    event.listen(engine, "reset", _undo)
    event.listen(engine, "handle_error", _hide_row)
    _ask_idle_connections(engine, clock)
    return engine


def _pipelined(engine: Engine) -> Engine:
    """Transactions begin and end with statements of ours: the driver waits for its own before and after them."""
    event.listen(engine, "connect", open_pipeline)
    event.listen(engine, "close", close_pipeline)
    event.listen(engine, "begin", _BEGIN.send)
    event.listen(engine, "commit", _COMMIT.end)
    event.listen(engine, "rollback", forget)
    return engine


def _sqlite_engine(url: str, pool_size: int) -> Engine:
    engine = create_engine(
        url,
        hide_parameters=True,
        connect_args={"timeout": _BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
        pool_size=pool_size,
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _hide_row(context: ExceptionContext) -> None:
    """Errors of statements that went through SQLAlchemy's compiler; `Statement` hides its own."""
    fault, raised = context.original_exception, context.sqlalchemy_exception
    if raised is not None:
        whole = str(fault)
        hide_row(fault)
        raised.args = tuple(str(part).replace(whole, str(fault)) for part in raised.args)


def _undo(connection: Any, _entry: object, _state: object) -> None:  # noqa: ANN401  the driver's connection
    """What a connection is given back with. Asked to roll back nothing, a pipeline would still wait for the server."""
    if connection.info.transaction_status is not psycopg.pq.TransactionStatus.IDLE:
        connection.rollback()


def _ask_idle_connections(engine: Engine, clock: Clock) -> None:
    """Before a connection is used again after a pause, ask whether it still lives, as `pool_pre_ping` does every time.

    On a busy pool that question would be one statement in ten. A connection that dies within a second of its last use
    costs one transaction, as one that dies inside a transaction does.
    """

    def note(_connection: object, entry: ConnectionPoolEntry) -> None:
        entry.info["used_at"] = clock.elapsed()

    def ask(connection: Any, entry: ConnectionPoolEntry, _holder: object) -> None:  # noqa: ANN401  the driver's connection
        used_at = entry.info.get("used_at")
        if used_at is None or clock.elapsed() - used_at < _TRUSTED_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error

    event.listen(engine, "checkin", note)
    event.listen(engine, "checkout", ask)


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401  the driver's connection
    connection.isolation_level = None  # SQLAlchemy, not the driver, begins transactions
    # Without recursive triggers a row that is replaced (INSERT OR REPLACE) is deleted past the guards of the schema.
    # What is deleted is overwritten: people are promised that it is gone.
    pragmas = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON", "secure_delete=ON")
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    is_reading = connection.get_execution_options().get("reading", False)
    (_BEGIN if is_reading else _BEGIN_WRITING).run(connection)
