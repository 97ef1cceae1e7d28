"""SQLite looks rows up by their whole key, without statistics that nobody has gathered for it."""

import re
import sqlite3
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Connection

from botapp.clock import SystemClock
from botapp.storage import observations, reengagements, replies, tombstones
from botapp.storage.engine import Database

_ASKED: dict[str, Callable[[Connection], object]] = {
    "past claims": lambda connection: reengagements.ask_past_claims(connection, [(1, 7)], 5).read(),
    "claims by their tokens": lambda connection: reengagements.find_by_tokens(connection, [(1, "token")]),
    "answers by their tokens": lambda connection: replies.find_by_tokens(connection, [(1, "token")]),
    "answers by their messages": lambda connection: replies.find_known_messages(connection, [(1, "m_1")]),
    "re-engagements by their messages": lambda connection: observations.find_known_messages(connection, [(1, "m_1")]),
    "tombstones": lambda connection: tombstones.find(connection, [(1, "digest")]),
}


@pytest.fixture
def connection(sqlite_database_url: str) -> Iterator[Connection]:
    database = Database(sqlite_database_url, clock=SystemClock())
    with database.reading() as opened:
        yield opened
    database.close()


@pytest.mark.parametrize("asked", _ASKED)
def test_what_is_asked_of_a_few_is_not_searched_among_all_of_a_page(connection: Connection, asked: str) -> None:
    driver, statements = connection.connection.driver_connection, list[str]()
    assert isinstance(driver, sqlite3.Connection)
    driver.set_trace_callback(statements.append)
    _ASKED[asked](connection)
    driver.set_trace_callback(None)
    [statement] = statements
    steps = [step for *_, step in driver.execute(f"EXPLAIN QUERY PLAN {statement}")]
    searched = [step for step in steps if re.match(r"(SEARCH|SCAN) (reengagement|reply|tombstone)\b", step)]
    assert searched
    assert [step for step in searched if step.startswith("SCAN") or step.endswith("(account_id=?)")] == []
