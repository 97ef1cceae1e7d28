"""The statements of production transactions, recorded with all their values and issued again by the driver alone.

What is left is what the database itself takes for the same work. Both databases begin alike, and every value that
the application chose (ids, tokens, times) is recorded, so the second run does exactly what the first did.
"""

import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg

from bench.deliveries import Deliveries
from bench.recorder import Recorder, Transaction
from bench.stage import PAGE_ID, House, Stage, plain_url
from botapp.channels.messenger.envelope import parse

_CUSTOMERS = 100


class Script:
    """Recorded transactions and a connection to the database that they are issued to, a part in each round."""

    def __init__(self, url: str, transactions: Sequence[Transaction]) -> None:
        self._is_sqlite = url.startswith("sqlite")
        self._connection = _open(url)
        self._named = self._connection.cursor()
        self._numbered = self._named if self._is_sqlite else psycopg.RawCursor(self._connection)
        self._transactions = transactions
        self._done = 0

    @property
    def statements_each(self) -> float:
        """How many a transaction has, on the average."""
        return sum(map(len, self._transactions)) / len(self._transactions)

    def issue(self, count: int) -> float:
        """The next so many; transactions per second."""
        chosen = self._transactions[self._done : self._done + count]
        if len(chosen) < count:
            raise ValueError("fewer transactions were recorded than are wanted")
        self._done += count
        began = time.perf_counter()
        for transaction in chosen:
            self._issue_one(transaction)
        return count / (time.perf_counter() - began)

    def close(self) -> None:
        self._connection.close()

    def _issue_one(self, transaction: Transaction) -> None:
        if self._is_sqlite:
            self._connection.execute("BEGIN IMMEDIATE")
        for statement in transaction:
            cursor = self._numbered if statement.is_numbered else self._named
            run = cursor.executemany if statement.is_repeated else cursor.execute
            run(statement.sql, statement.values)
            if cursor.description is not None:
                cursor.fetchall()
        self._connection.commit()


class Commits:
    """One-row transactions on one connection: what the disk allows anybody."""

    def __init__(self, url: str) -> None:
        self._connection = (
            _sqlite(url) if url.startswith("sqlite") else psycopg.connect(plain_url(url), autocommit=True)
        )
        self._connection.execute("CREATE TABLE bench_commit (number INTEGER)")

    def rate(self, count: int) -> float:
        """Durable commits a second."""
        began = time.perf_counter()
        for _ in range(count):
            self._connection.execute("INSERT INTO bench_commit VALUES (1)")
        return count / (time.perf_counter() - began)

    def close(self) -> None:
        self._connection.close()


@contextmanager
def recorded_webhooks(stage: Stage, database: str, count: int, *, without_table: str | None = None) -> Iterator[Script]:
    """The transactions of so many webhooks of one event each, from people who have written before.

    `without_table` leaves out the statements that insert into it.
    """
    house, again = stage.house(database), stage.house(database)
    recorder = Recorder()
    with recorder.listening(house.installation.database):
        _receive(house, _CUSTOMERS + count)
    transactions = [
        [statement for statement in transaction if f"INTO {without_table} " not in statement.sql]
        for transaction in recorder.transactions
    ]
    script = Script(again.installation.settings.database_address, transactions)
    script.issue(_CUSTOMERS)  # their first messages
    yield script
    script.close()


def _receive(house: House, count: int) -> None:
    receiver, clock = house.installation.receiver(), house.installation.clock
    deliveries = Deliveries(PAGE_ID, _CUSTOMERS, 1, "recorded")
    for _ in range(count):
        now = clock.now()
        body = json.loads(deliveries.body(int(now.timestamp() * 1000)))
        receiver.receive(parse(body, house.installation.rules.opening_kinds), now)


def _open(url: str) -> Any:  # noqa: ANN401  the driver's connection
    return _sqlite(url) if url.startswith("sqlite") else psycopg.connect(plain_url(url))


def _sqlite(url: str) -> sqlite3.Connection:
    connection = sqlite3.connect(plain_url(url), isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection
