"""Counts of what was received and set aside."""

from collections.abc import Mapping

from sqlalchemy import Connection, select

from botapp.storage import bulk
from botapp.storage.schema import counter


def add(connection: Connection, counts: Mapping[str, int]) -> None:
    """Add to the named counts, in name order, so that two transactions cannot deadlock."""
    rows = [{"name": name, "value": counts[name]} for name in sorted(counts) if counts[name]]
    bulk.add(connection, counter, rows, key=("name",))


def load_all(connection: Connection) -> dict[str, int]:
    return {row.name: row.value for row in connection.execute(select(counter).order_by(counter.c.name))}
