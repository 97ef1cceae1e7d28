"""Listens to what production tells its database, at the drivers: below everything that production adds."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Self, TypeAlias

from sqlalchemy import Dialect, event
from sqlalchemy.pool import ConnectionPoolEntry

from botapp.storage.engine import Database
from botapp.storage.pipeline import Call, Numbered, PipelineCursor, pipeline_of

Values: TypeAlias = Any  # whatever the drivers take


@dataclass(frozen=True, slots=True)
class Statement:
    """What a driver was told."""

    sql: str
    values: Values
    is_repeated: bool = False
    is_numbered: bool = False  # its parameters are $1, $2, …


Transaction = list[Statement]


class Recorder:
    """Listens to one thread's connections, below everything that production does with them."""

    def __init__(self) -> None:
        self.transactions: list[Transaction] = []
        self._current: Transaction = []

    @contextmanager
    def listening(self, database: Database) -> Iterator[None]:
        """Keeps every transaction of the block that was committed."""
        hooks: dict[str, Callable[..., None]] = {
            "do_connect": self._connect,
            "connect": self._listen,
            "commit": self._end,
        }
        for name, hook in hooks.items():
            event.listen(database.writer, name, hook)
        database.writer.dispose()  # connections from now on are ours
        try:
            yield
        finally:
            for name, hook in hooks.items():
                event.remove(database.writer, name, hook)
            database.writer.dispose()

    def keep(self, statement: Statement) -> None:
        """Called for each statement; beginnings and ends are the player's own."""
        if not statement.sql.startswith(("BEGIN", "COMMIT")):
            self._current.append(statement)

    def _connect(self, dialect: Dialect, _record: object, _arguments: object, options: dict[str, Any]) -> None:
        if dialect.name == "sqlite":
            options["factory"] = partial(_RecordedConnection, recorder=self)
        else:
            options["cursor_factory"] = partial(_PostgresqlCursor, recorder=self)

    def _listen(self, _connection: object, entry: ConnectionPoolEntry) -> None:
        """To what passes by the cursors."""
        pipeline = pipeline_of(entry)
        if pipeline is None:
            return
        hold = pipeline.hold

        def hold_and_keep(numbered: Numbered, values: Mapping[str, Values]) -> Call:
            told = [plain if plain is None else str(plain) for plain in map(values.get, numbered.names)]
            self.keep(Statement(numbered.sql.decode(), told, is_numbered=True))
            return hold(numbered, values)

        pipeline.hold = hold_and_keep  # type: ignore[method-assign]  # of this one, which is the recorder's

    def _end(self, _connection: object) -> None:
        if self._current:
            self.transactions.append(self._current)
        self._current = []


class _PostgresqlCursor(PipelineCursor):
    def __init__(self, *arguments: Values, recorder: Recorder, **options: Values) -> None:
        super().__init__(*arguments, **options)
        self._recorder = recorder

    def execute(self, query: Values, params: Values = None, **options: Values) -> Self:
        self._recorder.keep(Statement(query, params))
        return super().execute(query, params, **options)

    def executemany(self, query: Values, params_seq: Values, **options: Values) -> None:
        self._recorder.keep(Statement(query, params_seq, is_repeated=True))
        super().executemany(query, params_seq, **options)


class _RecordedConnection(sqlite3.Connection):
    def __init__(self, *arguments: Values, recorder: Recorder, **options: Values) -> None:
        super().__init__(*arguments, **options)
        self._recorder = recorder

    def cursor(self, factory: Values = None) -> Values:
        return super().cursor(factory or partial(_SqliteCursor, recorder=self._recorder))


class _SqliteCursor(sqlite3.Cursor):
    def __init__(self, connection: sqlite3.Connection, *, recorder: Recorder) -> None:
        super().__init__(connection)
        self._recorder = recorder

    def execute(self, sql: str, parameters: Values = ()) -> Self:
        self._recorder.keep(Statement(sql, parameters))
        return super().execute(sql, parameters)

    def executemany(self, sql: str, seq_of_parameters: Values) -> Self:
        self._recorder.keep(Statement(sql, seq_of_parameters, is_repeated=True))
        return super().executemany(sql, seq_of_parameters)
