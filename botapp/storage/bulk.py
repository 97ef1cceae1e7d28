"""Set-based statements: any number of rows at once, in both databases.

PostgreSQL takes the rows as one JSON parameter of one statement: a round trip is dear, and no other form is cheaper to
make. The embedded database is written row after row by one prepared statement: there a round trip is a function call,
and taking JSON apart costs three times the insert.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Boolean, Connection, Integer, Row, Select, Table, Text, TextClause, select, text

from botapp.storage.statement import Statement, plain_rows, plain_value
from botapp.storage.times import Duration, Instant

Values = Mapping[str, Any]
_ENCODER = json.JSONEncoder(separators=(",", ":"), check_circular=False, default=plain_value)
_SOURCE_COLUMN = re.compile(r"\bsource\.(\w+)")


def insert_new(
    connection: Connection, table: Table, rows: Iterable[Values], *, key: Sequence[str] = ()
) -> set[tuple[Any, ...]]:
    """Insert the rows whose key is free; the others are left alone. Returns the key of each row inserted, as stored."""
    return _insert(connection, table, rows, "ON CONFLICT DO NOTHING", key)


def insert(connection: Connection, table: Table, rows: Iterable[Values]) -> None:
    """Insert all rows; a taken key is an error."""
    _insert(connection, table, rows, "")


def upsert(
    connection: Connection, table: Table, rows: Iterable[Values], *, key: Sequence[str], newer_by: str = ""
) -> None:
    """Insert, or replace the given columns where the key is taken. No key twice among the rows.

    With `newer_by`, a taken key is replaced only by a row whose value in that column is not older.
    """
    rows = list(rows)
    if not rows:
        return
    changes = ", ".join(f"{name} = excluded.{name}" for name in rows[0] if name not in key)
    condition = f" WHERE {table.name}.{newer_by} <= excluded.{newer_by}" if newer_by else ""
    _insert(connection, table, rows, f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}{condition}")


def add(connection: Connection, table: Table, rows: Iterable[Values], *, key: Sequence[str]) -> None:
    """Add to the numbers in the other columns; a row that is not there yet begins at nothing."""
    rows = list(rows)
    if not rows:
        return
    changes = ", ".join(f"{name} = {table.name}.{name} + excluded.{name}" for name in rows[0] if name not in key)
    _insert(connection, table, rows, f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}")


def update(
    connection: Connection,
    table: Table,
    rows: Iterable[Values],
    *,
    key: Sequence[str],
    condition: str = "",
    returning: str = "",
) -> Sequence[tuple[Any, ...]]:
    """Set the other columns of the rows found by their key, where the condition (which may name `source`) holds.

    Returns the named columns of those changed, as stored.
    """
    rows = list(rows)
    if not rows:
        return []
    statement = _update_statement(table, tuple(rows[0]), tuple(key), condition, returning)
    if _takes_sets(connection):
        return _run(connection, statement, {"rows": encode(rows)}, returning)
    if not returning:
        names = tuple(rows[0])
        statement.run_each(connection, names, plain_rows(rows, names))
        return []
    return [changed for row in rows for changed in statement.rows(connection, row)]


def find(connection: Connection, table: Table, keys: Iterable[Values]) -> Sequence[Row[Any]]:
    """The rows that have any of these keys; none for no keys, without asking."""
    keys = list(keys)
    if not keys:
        return []
    statement = _find_statement(table, tuple(keys[0]), connection.dialect.name)
    return connection.execute(statement, {"rows": encode(keys)}).all()


def is_among(table: Table, columns: tuple[str, ...], dialect: str) -> str:
    """Condition: a row of the table has one of the keys in the parameter `rows`. No limit on how many there are."""
    own = ", ".join(f"{table.name}.{name}" for name in columns)
    names, rows = ", ".join(columns), source(table, columns, dialect)
    if dialect == "sqlite" and any(isinstance(table.columns[name].type, Text) for name in columns):
        # Of a number and a text together SQLite would look up the number only, and read all that a page has.
        same = " AND ".join(f"{table.name}.{name} = source.{name}" for name in columns)
        return f"{table.name}.rowid IN (SELECT {table.name}.rowid FROM {rows} CROSS JOIN {table.name} ON {same})"  # noqa: S608  the same
    return f"({own}) IN (SELECT {names} FROM {rows})"  # noqa: S608  names are our schema's


def source(table: Table, columns: Sequence[str], dialect: str) -> str:
    """SQL for the rows of the parameter `rows`, typed like the table's columns, under the name `source`."""
    if dialect == "postgresql":
        types = ", ".join(f"{name} {_postgresql_type(table, name)}" for name in columns)
        return f"json_to_recordset(CAST(:rows AS json)) AS source({types})"
    values = ", ".join(f"json_extract(value, '$.{name}') AS {name}" for name in columns)
    return f"(SELECT {values} FROM json_each(:rows)) AS source"  # noqa: S608  names are our schema's


def encode(rows: Iterable[Values]) -> str:
    """Rows as the parameter `rows` takes them."""
    return _ENCODER.encode(list(rows))


def _insert(
    connection: Connection, table: Table, rows: Iterable[Values], conflict: str, key: Sequence[str] = ()
) -> set[tuple[Any, ...]]:
    rows = list(rows)
    if not rows:
        return set()
    statement = _insert_statement(table, tuple(rows[0]), conflict, tuple(key))
    if _takes_sets(connection):
        return set(_run(connection, statement, {"rows": encode(rows)}, key))
    names = tuple(rows[0])
    plain = plain_rows(rows, names)
    if not key:
        statement.run_each(connection, names, plain)
        return set()
    places = [names.index(name) for name in key]
    return {tuple([row[place] for place in places]) for row in statement.those_changed(connection, names, plain)}


def _run(
    connection: Connection, statement: Statement, values: Values, returning: str | Sequence[str]
) -> Sequence[tuple[Any, ...]]:
    if returning:
        return statement.rows(connection, values)
    statement.send(connection, values)
    return []


@lru_cache(maxsize=200)
def _insert_statement(table: Table, columns: tuple[str, ...], conflict: str, key: tuple[str, ...]) -> Statement:
    names = ", ".join(columns)
    values = ", ".join(f":{name}" for name in columns)
    rows = source(table, columns, "postgresql")
    returning = f"RETURNING {', '.join(key)}" if key else ""
    return Statement(
        f"INSERT INTO {table.name} ({names}) VALUES ({values}) {conflict}",  # noqa: S608  names are our schema's
        postgresql=f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {rows} {conflict} {returning}",  # noqa: S608  the same
    )


@lru_cache(maxsize=200)
def _update_statement(
    table: Table, columns: tuple[str, ...], key: tuple[str, ...], condition: str, returning: str
) -> Statement:
    changes = ", ".join(f"{name} = source.{name}" for name in columns if name not in key)
    where = " AND ".join(f"{table.name}.{name} = source.{name}" for name in key)
    where = f"{where} AND {condition}" if condition else where
    tail = f"RETURNING {returning}" if returning else ""
    head = f"UPDATE {table.name} SET {changes}"  # noqa: S608  names are our schema's
    return Statement(
        _SOURCE_COLUMN.sub(r":\1", f"{head} WHERE {where} {tail}"),
        postgresql=f"{head} FROM {source(table, columns, 'postgresql')} WHERE {where} {tail}",
    )


@lru_cache(maxsize=200)
def _find_statement(table: Table, key: tuple[str, ...], dialect: str) -> Select[Any]:
    condition: TextClause = text(is_among(table, key, dialect))
    return select(table).where(condition)


def _takes_sets(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"


def _postgresql_type(table: Table, name: str) -> str:
    kind = table.columns[name].type
    if isinstance(kind, Instant | Duration | BigInteger | Integer):
        return "bigint"
    return "boolean" if isinstance(kind, Boolean) else "text"
