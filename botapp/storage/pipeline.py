"""PostgreSQL's pipeline: statements go out together, and their answers come back together.

Waiting for an answer costs more than most of our statements do. In a pipeline a transaction waits only where it needs
to know something, and once more at its end. Until then its statements are held back here: a process that freezes with
half of them sent would keep its locks, while one that has sent nothing since the last answer is idle in its
transaction, and PostgreSQL takes its locks from it (`idle_in_transaction_session_timeout`).

Our own statements are prepared once for each connection and then go to libpq as they are: psycopg's cursors take fifty
microseconds for each, of which a message costs a dozen.
"""

import itertools
import select
from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress
from functools import partial
from typing import Any, NamedTuple, Self

import psycopg
from psycopg import pq
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq.abc import PGresult
from sqlalchemy import Connection
from sqlalchemy.pool import ConnectionPoolEntry

_KEPT = "pipeline"  # under which name the pool remembers a connection's


class Numbered(NamedTuple):
    """SQL as libpq takes it: its parameters are `$1`, `$2`, …; these are their names."""

    sql: bytes
    names: tuple[str, ...]


class Call:
    """A statement that was told to a pipeline, and what came of it."""

    __slots__ = ("_pipeline", "is_held", "numbered", "result", "values")

    def __init__(self, pipeline: "Pipeline", numbered: Numbered, values: list[bytes | None]) -> None:
        self._pipeline, self.numbered, self.values = pipeline, numbered, values
        self.is_held = True
        self.result: PGresult | None = None

    def fetchall(self) -> list[tuple[Any, ...]]:
        """All its rows; waits for them."""
        return self._pipeline.rows(self._settled())

    @property
    def rowcount(self) -> int:
        """How many rows it gave or changed; waits for it."""
        return self._settled().command_tuples or 0

    @property
    def statusmessage(self) -> str:
        """The command that was carried out; waits for it."""
        return (self._settled().command_status or b"").decode()

    def _settled(self) -> PGresult:
        if self.is_held:
            self._pipeline.go()
        if self.result is None:
            raise psycopg.InterfaceError("the statement was given up before it was sent, or failed with another")
        return self.result


class Pipeline:
    """One connection's, with the statements that have not gone out yet."""

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self._connection = connection
        connection.prepare_threshold = None  # after a rollback psycopg throws away all that was prepared, ours as well
        self._opened: AbstractContextManager[psycopg.Pipeline] = connection.pipeline()
        self._of_psycopg = self._opened.__enter__()
        self._transformer = Transformer(connection)
        self._prepared: dict[bytes, bytes] = {}
        self._numbers = itertools.count(1)
        self._readable, self._both = select.poll(), select.poll()
        self._readable.register(connection.fileno(), select.POLLIN)
        self._both.register(connection.fileno(), select.POLLIN | select.POLLOUT)
        self._held: list[Call] = []

    def hold(self, numbered: Numbered, values: Mapping[str, Any]) -> Call:
        """Tell the server this when somebody waits for something."""
        call = Call(self, numbered, [_encoded(values[name]) for name in numbered.names])
        self._held.append(call)
        return call

    def forget(self) -> None:
        """Nothing of what is held is wanted any more."""
        for call in self._held:
            call.is_held = False
        self._held.clear()

    def go(self) -> None:
        """Send what is held, and wait until everything is answered. Raises the first fault among the answers."""
        held, self._held = self._held, []
        if not held:
            return
        try:
            fresh = [self._send(call) for call in held]
            self._connection.pgconn.pipeline_sync()
            self._flush()
            fault = self._take_answers(held, fresh)
        except BaseException:
            self._connection.close()  # nobody can say which answer would come next
            raise
        if fault is not None:
            raise fault

    def sync(self) -> None:
        """Wait for what psycopg itself has sent. It leaves off where the socket is full, and would wait for ever."""
        self._flush()
        self._of_psycopg.sync()

    def close(self) -> None:
        with suppress(psycopg.Error):  # lost with its server
            self._opened.__exit__(None, None, None)

    def rows(self, result: PGresult) -> list[tuple[Any, ...]]:
        """As psycopg reads them."""
        self._transformer.set_pgresult(result)
        return self._transformer.load_rows(0, result.ntuples, tuple)

    def _send(self, call: Call) -> bool:
        """Whether it had to be prepared first."""
        name = self._prepared.get(call.numbered.sql)
        is_fresh = name is None
        if name is None:
            name = self._prepared[call.numbered.sql] = b"s%d" % next(self._numbers)
            self._connection.pgconn.send_prepare(name, call.numbered.sql)
        self._connection.pgconn.send_query_prepared(name, call.values)
        call.is_held = False
        return is_fresh

    def _flush(self) -> None:
        connection = self._connection.pgconn
        while connection.flush():
            if any(event & ~select.POLLOUT for _, event in self._both.poll()):
                connection.consume_input()  # the server may wait for us to take its answers

    def _take_answers(self, held: list[Call], fresh: list[bool]) -> psycopg.Error | None:
        """All of them, up to the end of what was sent; the first fault among them."""
        fault = None
        for call, is_fresh in zip(held, fresh, strict=True):
            is_prepared = not is_fresh or self._is_well(prepared := self._answer())
            if not is_prepared:
                del self._prepared[call.numbered.sql]
                fault = fault or _fault_of(prepared)
            result = self._answer()
            if self._is_well(result):
                call.result = result
            else:
                fault = fault or _fault_of(result)
        self._answer(is_last=True)
        return fault

    def _answer(self, *, is_last: bool = False) -> PGresult:
        """The answer to one command; libpq says when there is no more of it."""
        found = self._next()
        if found is None:
            raise psycopg.OperationalError("the connection was lost")
        if not is_last and self._next() is not None:
            raise psycopg.InterfaceError("one statement was answered twice")
        return found

    def _next(self) -> PGresult | None:
        connection = self._connection.pgconn
        while connection.is_busy():
            self._readable.poll()
            connection.consume_input()
        return connection.get_result()

    @staticmethod
    def _is_well(result: PGresult) -> bool:
        return result.status in _WELL


class PipelineCursor(psycopg.Cursor[Any]):
    """For SQLAlchemy's own statements, which wait for their answers as ever."""

    def __init__(self, *arguments: Any, pipeline: Pipeline | None = None, **options: Any) -> None:  # noqa: ANN401  psycopg's
        super().__init__(*arguments, **options)
        self._pipeline = pipeline

    def execute(self, query: Any, params: Any = None, **options: Any) -> Self:  # noqa: ANN401  psycopg's
        if self._pipeline is None:
            return super().execute(query, params, **options)
        self._pipeline.go()
        super().execute(query, params, **options)
        self._pipeline.sync()
        return self

    def executemany(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401  psycopg's
        if self._pipeline is not None:
            self._pipeline.go()
        super().executemany(*arguments, **options)
        if self._pipeline is not None:
            self._pipeline.sync()


def pipeline_of(connection: Connection | ConnectionPoolEntry) -> Pipeline | None:
    """The connection's own; None if it has none."""
    found: Pipeline | None = connection.info.get(_KEPT)
    return found


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
    if not connection.invalidated and (pipeline := pipeline_of(connection)) is not None:
        pipeline.forget()


_WELL = frozenset({pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK})


def _fault_of(result: PGresult) -> psycopg.Error | None:
    """None for what was not carried out because of an earlier fault."""
    return None if result.status == pq.ExecStatus.PIPELINE_ABORTED else error_from_result(result)


def _encoded(value: Any) -> bytes | None:  # noqa: ANN401  a plain value
    if value is None:
        return None
    return b"t" if value is True else b"f" if value is False else str(value).encode()
