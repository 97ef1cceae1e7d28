"""PostgreSQL's pipeline: statements go out together, and their answers come back together.

Waiting for an answer costs more than most of our statements do. In a pipeline a transaction waits only where it needs
to know something, and once more at its end. Until then its statements are held back here: a process that freezes with
half of them sent would keep its locks, while one that has sent nothing since the last answer is idle in its
transaction, and PostgreSQL takes its locks from it (`idle_in_transaction_session_timeout`).
"""

from collections.abc import Generator
from contextlib import AbstractContextManager, suppress
from functools import partial
from typing import Any, Self

import psycopg
from psycopg.pq.abc import PGconn
from psycopg.waiting import Ready, Wait
from sqlalchemy import Connection
from sqlalchemy.pool import ConnectionPoolEntry

_KEPT = "pipeline"  # under which name the pool remembers a connection's


class Pipeline:
    """One connection's, with the statements that have not gone out yet."""

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self._opened: AbstractContextManager[psycopg.Pipeline] = connection.pipeline()
        self._pipeline = self._opened.__enter__()
        self.held: list[tuple[PipelineCursor, Any, Any]] = []

    def go(self) -> None:
        """Send what is held, and wait until everything is answered. Raises the first fault among the answers."""
        held, self.held = self.held, []
        try:
            for cursor, sql, values in held:
                cursor.is_held = False
                cursor.send(sql, values)
        except psycopg.Error:  # the answer to an earlier one came already
            with suppress(psycopg.Error):
                self._pipeline.sync()
            raise
        self._pipeline.sync()

    def close(self) -> None:
        with suppress(psycopg.Error):  # lost with its server
            self._opened.__exit__(None, None, None)


class PipelineCursor(psycopg.Cursor[Any]):
    """SQLAlchemy's own statements wait for their answers as ever; `Statement` says of each of its when to."""

    def __init__(self, *arguments: Any, pipeline: Pipeline | None = None, **options: Any) -> None:  # noqa: ANN401  psycopg's
        super().__init__(*arguments, **options)
        self._pipeline = pipeline
        self.is_held = False

    def execute(self, query: Any, params: Any = None, **options: Any) -> Self:  # noqa: ANN401  psycopg's
        if self._pipeline is None:
            return super().execute(query, params, **options)
        self.hold(query, params)
        self.wait()
        return self

    def executemany(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401  psycopg's
        if self._pipeline is not None:
            self._pipeline.go()
        super().executemany(*arguments, **options)
        if self._pipeline is not None:
            self._pipeline.go()

    def hold(self, sql: Any, values: Any) -> None:  # noqa: ANN401  psycopg's
        """Execute this when somebody waits for something; at once on a connection that is no pipeline."""
        if self._pipeline is None:
            super().execute(sql, values)
        else:
            self._pipeline.held.append((self, sql, values))
            self.is_held = True

    def send(self, sql: Any, values: Any) -> None:  # noqa: ANN401  psycopg's
        """Send this to the end; psycopg stops when the socket is full, and would wait for an answer to half of it."""
        super().execute(sql, values)
        self.connection.wait(_send_all(self.connection.pgconn))

    def wait(self) -> None:
        """Until the answer to this, and so to everything before it, is here."""
        if self.is_held and self._pipeline is not None:
            self._pipeline.go()


def open_pipeline(connection: "psycopg.Connection[Any]", entry: ConnectionPoolEntry) -> None:
    """From now on, for as long as it is in the pool, this connection works as a pipeline."""
    entry.info[_KEPT] = pipeline = Pipeline(connection)
    connection.cursor_factory = partial(connection.cursor_factory, pipeline=pipeline)  # type: ignore[assignment]  # makes one


def close_pipeline(_connection: object, entry: ConnectionPoolEntry) -> None:
    """Before the connection is closed, whatever the reason."""
    pipeline: Pipeline | None = entry.info.pop(_KEPT, None)
    if pipeline is not None:
        pipeline.close()


def forget(connection: Connection) -> None:
    """Before a rollback: nothing of what is held is wanted any more."""
    if not connection.invalidated and _KEPT in connection.info:
        connection.info[_KEPT].held.clear()


def _send_all(connection: PGconn) -> Generator[Wait, Ready | int, None]:
    while connection.flush():
        ready = yield Wait.RW
        if ready & Ready.R:  # the server may wait for us to take its answers
            connection.consume_input()
