"""The database: SQLite or PostgreSQL behind one small class."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event, make_url, text

from botapp.clock import Clock
from botapp.storage.times import from_microseconds

_BUSY_TIMEOUT_SECONDS = 10
_POSTGRESQL_NOW = text("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")


class Database:
    """Opens transactions and tells the time that decides."""

    def __init__(self, url: str, *, clock: Clock, pool_size: int = 20) -> None:
        self.engine = _create_engine(url, pool_size)
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
        with self.engine.connect().execution_options(reading=True) as connection, connection.begin():
            yield connection

    def now(self, connection: Connection) -> datetime:
        """The database's own clock now, not at the transaction's start. An embedded database has the host's."""
        if self.is_postgresql:
            return from_microseconds(connection.execute(_POSTGRESQL_NOW).scalar_one())
        return self._clock.now()

    def close(self) -> None:
        self.engine.dispose()


def _create_engine(url: str, pool_size: int) -> Engine:
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
            pool_pre_ping=True,
            connect_args={"options": options, "connect_timeout": 5},
        )
        event.listen(engine, "handle_error", _hide_row)
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
    """PostgreSQL's detail quotes the row, the key or the value at fault: only its first line is kept."""
    fault, raised = context.original_exception, context.sqlalchemy_exception
    if isinstance(fault, psycopg.Error) and raised is not None:
        whole, first_line = str(fault), fault.diag.message_primary or str(fault)
        fault.args = (first_line,)
        raised.args = tuple(str(part).replace(whole, first_line) for part in raised.args)


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401  the driver's connection
    connection.isolation_level = None  # SQLAlchemy, not the driver, begins transactions
    # Without recursive triggers a row that is replaced (INSERT OR REPLACE) is deleted past the guards of the schema.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
