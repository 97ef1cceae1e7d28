"""SQL as the drivers take it, for the statements that every message costs.

The engine, the pool, the transactions and the errors are SQLAlchemy's. Its compiler and its results are passed by: they
take some fifty microseconds a statement, and the statement itself five to thirty.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from types import NoneType
from typing import Any, Generic, TypeAlias, TypeVar, overload

import psycopg
from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError, InvalidRequestError

from botapp.storage.pipeline import Call, Numbered, pipeline_of
from botapp.storage.times import Duration, Instant, from_microseconds, to_microseconds

Rows: TypeAlias = list[tuple[Any, ...]]
PlainRow: TypeAlias = tuple[str | int | None, ...]
Read = TypeVar("Read")
_PARAMETER = re.compile(r"(?<![:\w]):([a-z_]+)")
_AS_THEY_ARE = frozenset({str, int, bool, NoneType})
_MICROSECOND = timedelta(microseconds=1)
_NOTHING: Mapping[str, Any] = {}


class Statement:
    """One statement for both databases, its parameters written `:name`. Rows come as the driver gives them."""

    __slots__ = ("_numbered", "_texts")

    def __init__(self, sql: str, *, postgresql: str | None = None, locking: str = "") -> None:
        """`postgresql` where its SQL must be another; `locking` for the rows that it locks.

        SQLite locks the whole database instead, when the transaction begins.
        """
        for_postgresql = f"{sql if postgresql is None else postgresql} {locking}".strip()
        self._texts = {"sqlite": sql, "postgresql": _PARAMETER.sub(r"%(\1)s", for_postgresql.replace("%", "%%"))}
        self._numbered = _numbered(for_postgresql)

    @overload
    def ask(self, connection: Connection, values: Mapping[str, Any] = ...) -> "Answer[Rows]": ...

    @overload
    def ask(
        self, connection: Connection, values: Mapping[str, Any] = ..., *, read: Callable[[Rows], Read]
    ) -> "Answer[Read]": ...

    def ask(
        self,
        connection: Connection,
        values: Mapping[str, Any] = _NOTHING,
        *,
        read: Callable[[Rows], Any] | None = None,
    ) -> "Answer[Any]":
        """Ask, and read the answer later: PostgreSQL is asked other things meanwhile."""
        cursor = self._execute(connection, values)
        return Answer(connection, self._texts[connection.dialect.name], cursor, read or _as_they_are)

    def rows(self, connection: Connection, values: Mapping[str, Any] = _NOTHING) -> Rows:
        """All rows of the answer."""
        return self.ask(connection, values).read()

    def first(self, connection: Connection, values: Mapping[str, Any] = _NOTHING) -> tuple[Any, ...] | None:
        """The only row of the answer, or None."""
        found = self.rows(connection, values)
        return found[0] if found else None

    def scalar(self, connection: Connection, values: Mapping[str, Any] = _NOTHING) -> Any:  # noqa: ANN401  a column's value
        """The first value of the only row; None without a row."""
        found = self.rows(connection, values)
        return found[0][0] if found else None

    def run(self, connection: Connection, values: Mapping[str, Any] = _NOTHING) -> int:
        """How many rows it changed."""
        return self.ask(connection, values).changed()

    def send(self, connection: Connection, values: Mapping[str, Any] = _NOTHING) -> None:
        """Run it where the number does not matter. A fault shows at the latest when the transaction is committed."""
        self._execute(connection, values)

    def end(self, connection: Connection) -> None:
        """Run this, a commit, and wait for it and all before it. A fault that was swallowed is one now."""
        cursor = self._execute(connection, _NOTHING)
        Answer(connection, self._texts[connection.dialect.name], cursor, _as_they_are).changed()
        if cursor.statusmessage != "COMMIT":
            raise InvalidRequestError("a transaction in which something failed was to be committed; nothing is kept")

    def run_each(self, connection: Connection, names: tuple[str, ...], rows: Sequence[PlainRow]) -> None:
        """SQLite alone: with the values of row after row, which must be plain already and in the order of the names."""
        sql = _by_position(self._texts["sqlite"], names)
        try:
            connection.connection.cursor().executemany(sql, rows)
        except connection.dialect.loaded_dbapi.Error as error:
            raise _fault(connection, sql, error) from error

    def those_changed(self, connection: Connection, names: tuple[str, ...], rows: Sequence[PlainRow]) -> list[PlainRow]:
        """The same; tells with which of them it changed anything."""
        sql = _by_position(self._texts["sqlite"], names)
        cursor = connection.connection.cursor()
        try:
            return [row for row in rows if cursor.execute(sql, row).rowcount]
        except connection.dialect.loaded_dbapi.Error as error:
            raise _fault(connection, sql, error) from error

    def _execute(self, connection: Connection, values: Mapping[str, Any]) -> Any:  # noqa: ANN401  the driver's cursor
        plain = plain_values(values)
        pipeline = pipeline_of(connection)
        if pipeline is not None:
            return pipeline.hold(self._numbered, plain)
        sql = self._texts[connection.dialect.name]
        cursor = connection.connection.cursor()
        try:
            cursor.execute(sql, plain)
        except connection.dialect.loaded_dbapi.Error as error:
            raise _fault(connection, sql, error) from error
        return cursor


class Answer(Generic[Read]):
    """What the database says to a statement; waited for when it is read, which may be once."""

    __slots__ = ("_connection", "_cursor", "_read", "_rows", "_sql")

    def __init__(self, connection: Connection, sql: str, cursor: Any, read: Callable[[Rows], Read]) -> None:  # noqa: ANN401  the driver's cursor
        self._connection, self._sql, self._cursor, self._read = connection, sql, cursor, read
        # SQLite would go on looking while other statements change what it looks at.
        self._rows: Rows | None = None
        if not isinstance(cursor, Call) and cursor.description is not None:
            self._rows = self._fetch()

    def read(self) -> Read:
        """What its rows mean."""
        return self._read(self._fetch() if self._rows is None else self._rows)

    def changed(self) -> int:
        """How many rows were changed."""
        try:
            number: int = self._cursor.rowcount
        except self._connection.dialect.loaded_dbapi.Error as error:
            raise _fault(self._connection, self._sql, error) from error
        return number

    def _fetch(self) -> Rows:
        try:
            found: Rows = self._cursor.fetchall()
        except self._connection.dialect.loaded_dbapi.Error as error:
            raise _fault(self._connection, self._sql, error) from error
        return found


def answered(value: Read) -> Answer[Read]:
    """The answer to a question that need not be asked."""
    return _Known(value)


class _Known(Answer[Read]):
    __slots__ = ("_value",)

    def __init__(self, value: Read) -> None:
        self._value = value

    def read(self) -> Read:
        return self._value


class Columns:
    """Columns of a table, all or those named: how a statement names them, and the reading of a row that it gave."""

    __slots__ = ("_readers", "names")

    def __init__(self, table: Table, *names: str) -> None:
        columns = [table.c[name] for name in names] if names else list(table.c)
        self.names = ", ".join(f"{table.name}.{column.name}" for column in columns)
        self._readers = tuple(_reader(column.type) for column in columns)

    def read(self, row: Sequence[Any]) -> list[Any]:
        """The row with instants and durations as such, in the order of the columns."""
        return [
            value if reader is None or value is None else reader(value)
            for reader, value in zip(self._readers, row, strict=True)
        ]


def _numbered(sql: str) -> Numbered:
    names = list(dict.fromkeys(_PARAMETER.findall(sql)))
    return Numbered(_PARAMETER.sub(lambda found: f"${names.index(found[1]) + 1}", sql).encode(), tuple(names))


@lru_cache(maxsize=200)
def _by_position(sql: str, names: tuple[str, ...]) -> str:
    """SQL that takes its values in the order of these names: to find each by its name takes as long as to bind it."""
    return _PARAMETER.sub(lambda found: f"?{names.index(found[1]) + 1}", sql)


def _as_they_are(rows: Rows) -> Rows:
    return rows


def plain_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as both drivers take them: instants and durations as whole microseconds. TypeError for any other kind."""
    return {name: value if type(value) in _AS_THEY_ARE else plain_value(value) for name, value in values.items()}


def plain_rows(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[PlainRow]:
    """The same of many rows, in the order of the names. Column by column: most columns hold nothing to be changed."""
    return list(zip(*(_plain_column([row[name] for row in rows]) for name in names), strict=True))


def plain_value(value: object) -> str | int:
    """One that no driver takes as it is."""
    return _PLAIN.get(type(value), _plain_word)(value)


def hide_row(error: BaseException) -> None:
    """PostgreSQL's detail quotes the row, the key or the value at fault: only its first line is kept."""
    if isinstance(error, psycopg.Error):
        error.args = (error.diag.message_primary or str(error),)


def _plain_column(values: list[Any]) -> list[Any]:
    if _AS_THEY_ARE.issuperset(map(type, values)):
        return values
    return [value if type(value) in _AS_THEY_ARE else plain_value(value) for value in values]


def _plain_word(value: object) -> str:
    if isinstance(value, str):
        return str(value)  # a word of an enumeration
    raise TypeError(f"a row cannot hold a {type(value).__name__}")


def _plain_duration(value: timedelta) -> int:
    return value // _MICROSECOND


_PLAIN: Mapping[type, Callable[[Any], str | int]] = {datetime: to_microseconds, timedelta: _plain_duration}


def _reader(kind: object) -> Any:  # noqa: ANN401  a function, or None
    if isinstance(kind, Instant):
        return from_microseconds
    return _duration if isinstance(kind, Duration) else None


def _duration(microseconds: int) -> timedelta:
    return timedelta(microseconds=microseconds)


def _fault(connection: Connection, sql: str, error: Any) -> Exception:  # noqa: ANN401  the driver's error
    """The driver's error as SQLAlchemy raises it, without what people wrote; a lost connection is not used again."""
    dialect = connection.dialect
    is_lost = dialect.is_disconnect(error, connection.connection.dbapi_connection, None)
    hide_row(error)
    fault: Exception = DBAPIError.instance(
        sql,
        None,
        error,
        dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=is_lost,
        dialect=dialect,
    )
    if is_lost:
        connection.invalidate(error)
    return fault
