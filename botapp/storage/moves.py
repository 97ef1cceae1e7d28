"""The one way in which a row leaves a state: only from the state that is named, and the caller looks at the answer."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Table

from botapp.storage.statement import Answer, Rows, Statement


def move(
    connection: Connection, table: Table, key: Mapping[str, Any], states: tuple[str, str], values: Mapping[str, Any]
) -> bool:
    """From the first state to the second, with these columns; False if the row had left the first already."""
    return ask_to_move(connection, table, key, states, values).changed() == 1


def ask_to_move(
    connection: Connection, table: Table, key: Mapping[str, Any], states: tuple[str, str], values: Mapping[str, Any]
) -> Answer[Rows]:
    """The same; whether it `changed` a row is to be read later."""
    statement = _statement(table, tuple(key), tuple(values))
    source, target = states
    return statement.ask(connection, {**key, **values, "from_state": source, "to_state": target})


def leasing(table: Table, key: Sequence[str], condition: str, order: Sequence[str]) -> Statement:
    """A statement that leases the first `:limit` rows in this order until `:leased_until`.

    It answers with their keys and the columns of the order, in no order. Rows that another leases now are passed over.
    """

    def found(what: str) -> str:
        return f"SELECT {what} FROM {table.name} WHERE {condition} ORDER BY {', '.join(order)} LIMIT :limit"  # noqa: S608  names are our schema's

    changed = f"UPDATE {table.name} SET leased_until = :leased_until"  # noqa: S608  the same
    same = " AND ".join(f"{table.name}.{name} = chosen.{name}" for name in key)
    answer = "RETURNING " + ", ".join(f"{table.name}.{name}" for name in (*key, *order))
    # The rows are chosen and locked once, before any is changed. PostgreSQL, which plans before it knows how many are
    # wanted, would read all of the table to join them with it; by where they lie it finds them at once.
    chosen = f"ctid = ANY (ARRAY ({found('ctid')} FOR UPDATE SKIP LOCKED))"
    return Statement(
        f"WITH chosen AS MATERIALIZED ({found(', '.join(key))}) {changed} FROM chosen WHERE {same} {answer}",
        postgresql=f"{changed} WHERE {chosen} {answer}",
    )


@lru_cache(maxsize=100)
def _statement(table: Table, key: tuple[str, ...], columns: tuple[str, ...]) -> Statement:
    # A move that undoes a claim counts it: "releases" is the number to add.
    changes = "".join(f", {name} = {f'{name} + ' if name == 'releases' else ''}:{name}" for name in columns)
    where = " AND ".join(f"{name} = :{name}" for name in key)
    return Statement(
        f"UPDATE {table.name} SET state = :to_state, leased_until = NULL{changes}"  # noqa: S608  names are our schema's
        f" WHERE {where} AND state = :from_state"
    )
