"""Counts of what was received and set aside."""

from collections.abc import Mapping

from sqlalchemy import Connection, select
from sqlalchemy import text as sql

from botapp.storage.schema import counter

_ADD = sql(
    "INSERT INTO counter (name, value) VALUES (:name, :value)"
    " ON CONFLICT (name) DO UPDATE SET value = counter.value + excluded.value"
)


def add(connection: Connection, counts: Mapping[str, int]) -> None:
    """Add to the named counts, in name order, so that two transactions cannot deadlock."""
    for name in sorted(counts):
        connection.execute(_ADD, {"name": name, "value": counts[name]})


def load_all(connection: Connection) -> dict[str, int]:
    return {row.name: row.value for row in connection.execute(select(counter).order_by(counter.c.name))}
