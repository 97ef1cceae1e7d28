"""Statements past SQLAlchemy's compiler: its errors, its care for lost connections and people's words are kept."""

import traceback
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from botapp.storage.engine import Database
from botapp.storage.statement import Statement
from tests.storage.by_hand import ALICE, Hand

_END_ALL_OTHERS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
_ONE = Statement("SELECT 1")


class HandTurnedClock:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return datetime(2026, 11, 2, tzinfo=UTC)

    def elapsed(self) -> float:
        return self.seconds


def test_a_refusal_of_the_schema_is_raised_as_everywhere_else_without_what_people_wrote(hand: Hand) -> None:
    naming = Statement("UPDATE contact SET first_name = :words, thread_owner = 'x' WHERE id = :id")
    with pytest.raises(IntegrityError) as caught, hand.database.transaction() as connection:
        naming.run(connection, {"words": "my secret", "id": ALICE})
    told = "".join(traceback.format_exception(caught.value))
    assert "secret" not in told.replace('"words": "my secret"', "")
    assert hand.rows("SELECT first_name FROM contact WHERE id = 1") == [(None,)]


def test_a_value_that_no_column_holds_is_refused_before_it_reaches_the_database(hand: Hand) -> None:
    with pytest.raises(TypeError, match="bytes"), hand.database.transaction() as connection:
        _ONE.rows(connection, {"raw": b"{}"})


def _end_others(database_url: str) -> None:
    other = Database(database_url, clock=HandTurnedClock())
    with other.transaction() as connection:
        connection.execute(_END_ALL_OTHERS)
    other.close()


def test_a_connection_that_died_while_it_was_idle_is_not_used_again(postgresql_database_url: str) -> None:
    clock = HandTurnedClock()
    database = Database(postgresql_database_url, clock=clock)
    with database.transaction() as connection:
        assert _ONE.scalar(connection) == 1
    _end_others(postgresql_database_url)
    clock.seconds += 2
    with database.transaction() as connection:
        assert _ONE.scalar(connection) == 1
    database.close()


def _be_cut_off(database: Database, database_url: str) -> None:
    with database.transaction() as connection:
        _end_others(database_url)
        _ONE.scalar(connection)


def test_a_connection_lost_inside_a_transaction_costs_that_transaction_only(postgresql_database_url: str) -> None:
    database = Database(postgresql_database_url, clock=HandTurnedClock())
    with pytest.raises(DBAPIError) as caught:
        _be_cut_off(database, postgresql_database_url)
    assert caught.value.connection_invalidated
    with database.transaction() as connection:
        assert _ONE.scalar(connection) == 1
    database.close()


def test_a_percent_sign_is_one_however_the_statement_goes_out(database: Database) -> None:
    rest = Statement("SELECT CAST(:number AS integer) % 5 WHERE 'ab' LIKE 'a%'")
    with database.transaction() as connection:
        assert rest.scalar(connection, {"number": 7}) == 2
    with database.reading() as connection:
        assert rest.scalar(connection, {"number": 7}) == 2
