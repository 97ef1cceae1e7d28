"""The database: SQLite or PostgreSQL behind one small class."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from botapp.clock import Clock
from botapp.storage.statement import Statement, hide_row
from botapp.storage.times import from_microseconds

_BUSY_TIMEOUT_SECONDS = 10
_TRUSTED_SECONDS = 1.0  # a connection that was used so lately is not asked whether it still lives
_NOW = Statement("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)")
_BEGIN_READING = Statement("BEGIN")
_BEGIN_WRITING = Statement("BEGIN IMMEDIATE")


class Database:
    """Opens transactions and tells the time that decides."""

    def __init__(self, url: str, *, clock: Clock, pool_size: int = 20) -> None:
        self.engine = _create_engine(url, pool_size, clock)
        self._reader = self.engine.execution_options(reading=True)
        self._clock = clock

    @property
    def is_postgresql(self) -> bool:
        return self.engine.dialect.name == "postgresql"

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction that may write. On SQLite it takes the write lock at once, so that no reader turns writer."""
        with self.engine.begin() as connection:
            yield connection

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

    def close(self) -> None:
        self.engine.dispose()


def _create_engine(url: str, pool_size: int, clock: Clock) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        # A claim must survive the crash of the server, whatever the server's default is.
        # A process that freezes inside a transaction loses its locks before those who wait for them give up.
        options = "-c synchronous_commit=on -c timezone=UTC -c lock_timeout=10s"
        options += " -c idle_in_transaction_session_timeout=5s"
        engine = create_engine(
            hide_parameters=True,  # people's words must not stand in error texts
            url=parsed.set(drivername="postgresql+psycopg"),
            pool_size=pool_size,
            max_overflow=pool_size,
            connect_args={"options": options, "connect_timeout": 5},
        )
        event.listen(engine, "handle_error", _hide_row)
        _ask_idle_connections(engine, clock)
        return engine
    engine = create_engine(
        parsed,
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
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    is_reading = connection.get_execution_options().get("reading", False)
    (_BEGIN_READING if is_reading else _BEGIN_WRITING).run(connection)
