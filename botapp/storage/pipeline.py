"""PostgreSQL's pipeline: statements go out without waiting for the answers to those before them.

Waiting for an answer costs more than most of our statements do. In a pipeline a transaction waits only where it needs
to know something, and once more at its end. SQLAlchemy's own statements and results know nothing of pipelines: their
cursors wait as ever. `Statement` says of each use whether it needs the answer.
"""

from collections.abc import Generator
from contextlib import suppress
from typing import Any, Self

import psycopg
from psycopg.pq.abc import PGconn
from psycopg.waiting import Ready, Wait
from sqlalchemy import Connection
from sqlalchemy.pool import ConnectionPoolEntry

_KEPT = "pipeline"


class PipelineCursor(psycopg.Cursor[Any]):
    """Waits for its answer, in a pipeline too, unless told that nobody needs it at once."""

    waits = True

    def execute(self, *arguments: Any, **options: Any) -> Self:  # noqa: ANN401  psycopg's
        super().execute(*arguments, **options)
        # psycopg stops sending when a socket is full, and would then wait for an answer to half a question.
        self.connection.wait(_send_all(self.connection.pgconn))
        if self.waits:
            self.wait()
        return self

    def wait(self) -> None:
        """Until the answer is here. Outside a pipeline it is already."""
        self._fetch_pipeline()


def _send_all(connection: PGconn) -> Generator[Wait, Ready | int, None]:
    while connection.flush():
        ready = yield Wait.RW
        if ready & Ready.R:  # the server may wait for us to take its answers
            connection.consume_input()


def open_pipeline(connection: "psycopg.Connection[Any]", entry: ConnectionPoolEntry) -> None:
    """From now on, for as long as it is in the pool, this connection works as a pipeline."""
    kept = connection.pipeline()
    entry.info[_KEPT] = kept, kept.__enter__()


def close_pipeline(_connection: object, entry: ConnectionPoolEntry) -> None:
    """Before the connection is closed, whatever the reason."""
    kept, _ = entry.info.pop(_KEPT, (None, None))
    if kept is not None:
        with suppress(psycopg.Error):  # lost with its server
            kept.__exit__(None, None, None)


def wait_for_all(connection: Connection) -> None:
    """Until everything that was sent is answered."""
    connection.info[_KEPT][1].sync()


def forget_answers(connection: Connection) -> None:
    """Before a rollback: what is still to come tells of nothing but the fault that is known already."""
    with suppress(psycopg.Error):
        wait_for_all(connection)
