"""The database as it is opened: durable, strict, quiet about people, and with a clock that goes on."""

import gc
import sqlite3
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from botapp.clock import SystemClock
from botapp.storage.engine import Database
from tests.storage.by_hand import Hand


class StandingClock:
    """A clock that shows one instant."""

    def now(self) -> datetime:
        return datetime(2020, 1, 1, tzinfo=UTC)

    def elapsed(self) -> float:
        return 0.0


class SteppedClock(SystemClock):
    """The wall clock of a host where somebody set it wrong."""

    def __init__(self, step: timedelta) -> None:
        self._step = step

    def now(self) -> datetime:
        return super().now() + self._step


def _ask(database: Database, sql: str) -> object:
    with database.reading() as connection:
        return connection.execute(text(sql)).scalar_one()


def test_a_database_that_is_forgotten_closes_its_connections(database_url: str) -> None:
    forgotten = Database(database_url, clock=SystemClock())
    with forgotten.reading() as reading, forgotten.transaction() as writing:
        drivers = [connection.connection.dbapi_connection for connection in (reading, writing)]
    del forgotten, reading, writing
    gc.collect()
    for driver in drivers:
        assert driver is not None
        with pytest.raises((psycopg.OperationalError, sqlite3.ProgrammingError), match="closed"):
            driver.cursor().execute("SELECT 1")


@pytest.mark.parametrize("seconds", [-40, 0, 40])
def test_how_far_the_clocks_are_apart_is_known_with_its_sign(database_url: str, seconds: int) -> None:
    clock = SteppedClock(timedelta(seconds=seconds))
    with closing(Database(database_url, clock=clock)) as stepped:
        ahead_seconds = stepped.clock_offset().total_seconds()
        assert ahead_seconds == pytest.approx(-seconds if stepped.is_postgresql else 0, abs=0.5)


def test_a_commit_is_on_the_disk_before_it_is_reported(database: Database) -> None:
    if database.is_postgresql:
        assert _ask(database, "SHOW synchronous_commit") == "on"
    else:
        assert _ask(database, "PRAGMA synchronous") == 2
        assert _ask(database, "PRAGMA journal_mode") == "wal"


def test_the_guards_of_the_schema_are_in_force_on_every_connection(database: Database) -> None:
    if database.is_postgresql:
        assert _ask(database, "SHOW session_replication_role") == "origin"
        return
    with ThreadPoolExecutor(4) as pool:
        for pragma in ("foreign_keys", "recursive_triggers"):
            assert list(pool.map(lambda name: _ask(database, f"PRAGMA {name}"), [pragma] * 8)) == [1] * 8


def test_the_servers_clock_decides_and_goes_on_inside_a_transaction(postgresql_database_url: str) -> None:
    database = Database(postgresql_database_url, clock=StandingClock())
    with database.transaction() as connection:
        first = database.now(connection)
        connection.execute(text("SELECT pg_sleep(0.002)"))
        assert database.now(connection) > first > StandingClock().now()
    database.close()


def test_an_embedded_database_has_the_hosts_clock(sqlite_database_url: str) -> None:
    database = Database(sqlite_database_url, clock=StandingClock())
    with database.transaction() as connection:
        assert database.now(connection) == StandingClock().now()
    database.close()


def test_a_fault_undoes_the_whole_transaction(hand: Hand) -> None:
    with pytest.raises(DBAPIError):
        _write_and_fail(hand.database)
    assert hand.rows("SELECT * FROM counter") == []


def _write_and_fail(database: Database) -> None:
    with database.transaction() as connection:
        for _ in range(2):
            connection.execute(text("INSERT INTO counter (name, value) VALUES ('a', 1)"))


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE contact SET first_name = :words, thread_owner = 'x'",
        "UPDATE contact SET platform_contact_id = :words",
        "UPDATE contact SET created_at = 'x', first_name = :words, no_such_column = 1",
    ],
    ids=["a check", "a key", "a name"],
)
def test_an_error_does_not_repeat_what_people_wrote(hand: Hand, sql: str) -> None:
    with pytest.raises(DBAPIError) as caught:
        hand.execute(sql, words="my secret")
    told = "".join(traceback.format_exception(caught.value))
    assert "secret" not in told.replace('words="my secret"', "")
    assert "contact" in str(caught.value), "still says where it happened"


def test_readers_are_not_kept_waiting_by_a_writer(hand: Hand) -> None:
    with hand.database.transaction() as connection:
        connection.execute(text("UPDATE contact SET first_name = 'Alice'"))
        assert hand.rows("SELECT first_name FROM contact WHERE id = 1") == [(None,)]


def test_two_who_write_the_same_row_do_so_one_after_the_other(hand: Hand, wait_until: Callable[..., None]) -> None:
    written = threading.Event()

    def write() -> None:
        hand.execute("UPDATE counter SET value = value + 1")
        written.set()

    hand.execute("INSERT INTO counter (name, value) VALUES ('a', 0)")
    with ThreadPoolExecutor(1) as pool:
        with hand.database.transaction() as connection:
            connection.execute(text("UPDATE counter SET value = value + 1"))
            pool.submit(write)
            assert not written.is_set()
        wait_until(written.is_set)
    assert hand.rows("SELECT value FROM counter") == [(2,)]
