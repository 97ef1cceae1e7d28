"""Set-based writes: any number of rows as one JSON parameter of one prepared statement, in both databases alike."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Boolean, Connection, Integer, Row, Select, Table, TextClause, select, text

from botapp.storage.times import Duration, Instant, to_microseconds

Values = Mapping[str, Any]


def insert_new(
    connection: Connection, table: Table, rows: Iterable[Values], *, returning: str = ""
) -> Sequence[Row[Any]]:
    """Insert the rows whose key is free; the others are left alone. Returns the named columns of those inserted."""
    return _run(connection, table, rows, "ON CONFLICT DO NOTHING", returning)


def insert(connection: Connection, table: Table, rows: Iterable[Values]) -> None:
    """Insert all rows; a taken key is an error."""
    _run(connection, table, rows, "", "")


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
    _run(connection, table, rows, f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}{condition}", "")


def update(
    connection: Connection,
    table: Table,
    rows: Iterable[Values],
    *,
    key: Sequence[str],
    condition: str = "",
    returning: str = "",
) -> Sequence[Row[Any]]:
    """Set the other columns of the rows found by their key, where the condition (which may name `source`) holds.

    Returns the named columns of those changed.
    """
    rows = list(rows)
    if not rows:
        return []
    clauses = (condition, returning)
    statement = _update_statement(table, tuple(rows[0]), tuple(key), clauses, connection.dialect.name)
    result = connection.execute(statement, {"rows": encode(rows)})
    return result.all() if returning else []


def add(connection: Connection, table: Table, rows: Iterable[Values], *, key: Sequence[str]) -> None:
    """Add to the numbers in the other columns; a row that is not there yet begins at nothing."""
    rows = list(rows)
    if not rows:
        return
    changes = ", ".join(f"{name} = {table.name}.{name} + excluded.{name}" for name in rows[0] if name not in key)
    _run(connection, table, rows, f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}", "")


def _run(
    connection: Connection, table: Table, rows: Iterable[Values], conflict: str, returning: str
) -> Sequence[Row[Any]]:
    rows = list(rows)
    if not rows:
        return []
    statement = _insert_statement(table, tuple(rows[0]), conflict, returning, connection.dialect.name)
    result = connection.execute(statement, {"rows": encode(rows)})
    return result.all() if returning else []


@lru_cache(maxsize=200)
def _insert_statement(
    table: Table, columns: tuple[str, ...], conflict: str, returning: str, dialect: str
) -> TextClause:
    names = ", ".join(columns)
    rows = source(table, columns, dialect)
    # "WHERE true" keeps SQLite from reading ON CONFLICT as a join condition.
    sql = f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {rows} WHERE true {conflict}"  # noqa: S608  names are our schema's
    return text(f"{sql} RETURNING {returning}" if returning else sql)


@lru_cache(maxsize=200)
def _update_statement(
    table: Table, columns: tuple[str, ...], key: tuple[str, ...], clauses: tuple[str, str], dialect: str
) -> TextClause:
    condition, returning = clauses
    changes = ", ".join(f"{name} = source.{name}" for name in columns if name not in key)
    match = " AND ".join(f"{table.name}.{name} = source.{name}" for name in key)
    rows = source(table, columns, dialect)
    sql = f"UPDATE {table.name} SET {changes} FROM {rows} WHERE {match}"  # noqa: S608  names are our schema's
    sql = f"{sql} AND {condition}" if condition else sql
    return text(f"{sql} RETURNING {returning}" if returning else sql)


def find(connection: Connection, table: Table, keys: Iterable[Values]) -> Sequence[Row[Any]]:
    """The rows that have any of these keys; none for no keys, without asking."""
    keys = list(keys)
    if not keys:
        return []
    statement = _find_statement(table, tuple(keys[0]), connection.dialect.name)
    return connection.execute(statement, {"rows": encode(keys)}).all()


@lru_cache(maxsize=200)
def _find_statement(table: Table, key: tuple[str, ...], dialect: str) -> Select[Any]:
    return select(table).where(is_among(table, key, dialect))


@lru_cache(maxsize=200)
def is_among(table: Table, columns: tuple[str, ...], dialect: str) -> TextClause:
    """Condition: a row of the table has one of the keys in the parameter `rows`. No limit on how many there are."""
    own = ", ".join(f"{table.name}.{name}" for name in columns)
    names = ", ".join(columns)
    return text(f"({own}) IN (SELECT {names} FROM {source(table, columns, dialect)})")  # noqa: S608  names are our schema's


def source(table: Table, columns: tuple[str, ...], dialect: str) -> str:
    """SQL for the rows of the parameter `rows`, typed like the table's columns, under the name `source`."""
    if dialect == "postgresql":
        types = ", ".join(f"{name} {_postgresql_type(table, name)}" for name in columns)
        return f"json_to_recordset(CAST(:rows AS json)) AS source({types})"
    values = ", ".join(f"json_extract(value, '$.{name}') AS {name}" for name in columns)
    return f"(SELECT {values} FROM json_each(:rows)) AS source"  # noqa: S608  names are our schema's


def _postgresql_type(table: Table, name: str) -> str:
    kind = table.columns[name].type
    if isinstance(kind, Instant | Duration | BigInteger | Integer):
        return "bigint"
    return "boolean" if isinstance(kind, Boolean) else "text"


def encode(rows: Iterable[Values]) -> str:
    """Rows as the parameter `rows` takes them."""
    return json.dumps(list(rows), default=_plain, separators=(",", ":"))


def _plain(value: object) -> int:
    if isinstance(value, datetime):
        return to_microseconds(value)
    if isinstance(value, timedelta):
        return value // timedelta(microseconds=1)
    raise TypeError(f"a row cannot hold a {type(value).__name__}")
