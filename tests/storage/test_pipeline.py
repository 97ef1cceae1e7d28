"""Statements that do not wait for each other: a fault still shows, and what is committed is committed."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, InvalidRequestError
from sqlalchemy.exc import TimeoutError as WaitingTooLongError

from botapp.clock import SystemClock
from botapp.storage import counters, engine
from botapp.storage.engine import Database
from botapp.storage.statement import Statement

_ADD = Statement("INSERT INTO counter (name, value) VALUES (:name, 1)")
_COUNT = Statement("SELECT count(*) FROM counter")
_HANGS_SECONDS = 30


def _seen_by_others(database: Database) -> dict[str, int]:
    with database.reading() as connection:
        return counters.load_all(connection)


def _add_twice(database: Database, *, reading_after: bool = False) -> None:
    with database.transaction() as connection:
        _ADD.send(connection, {"name": "once"})
        _ADD.send(connection, {"name": "once"})
        if reading_after:
            _COUNT.scalar(connection)
            pytest.fail("an answer was read past a fault")


def _give_up(database: Database) -> None:
    with database.transaction() as connection:
        _ADD.send(connection, {"name": "undone"})
        raise LookupError


def _terminate(database: Database, process: int) -> None:
    with database.reading() as connection:
        Statement("SELECT pg_terminate_backend(:process)").rows(connection, {"process": process})


def _lose_the_server(database: Database) -> None:
    with database.transaction() as connection:
        process = Statement("SELECT pg_backend_pid()").scalar(connection)
        _ADD.send(connection, {"name": "lost"})
        _terminate(database, process)


def _swallow_a_fault(database: Database) -> None:
    with database.transaction() as connection, suppress(IntegrityError):
        for _ in range(2):
            _ADD.run(connection, {"name": "once"})


def _add_compiled_twice(database: Database) -> None:
    with database.transaction() as connection:
        for _ in range(2):
            connection.execute(text("INSERT INTO counter (name, value) VALUES ('compiled', 1)"))
            assert connection.execute(text("SELECT value FROM counter")).scalar_one() == 1


def test_what_nobody_waited_for_is_there_after_the_commit(database: Database) -> None:
    with database.transaction() as connection:
        _ADD.send(connection, {"name": "sent"})
        assert _seen_by_others(database) == {}
    assert _seen_by_others(database) == {"sent": 1}


def test_what_was_prepared_outlives_a_rollback(database: Database) -> None:
    for _ in range(2):
        with suppress(LookupError):
            _give_up(database)
        with database.transaction() as connection:
            assert _COUNT.scalar(connection) == 0


def test_a_statement_that_cannot_be_prepared_harms_no_later_one(database: Database) -> None:
    nonsense = Statement("SELECT nothing_of_that_name FROM counter")
    for _ in range(2):
        with pytest.raises(DBAPIError), database.transaction() as connection:
            nonsense.rows(connection)
    with database.transaction() as connection:
        assert _COUNT.scalar(connection) == 0


def test_more_than_a_socket_holds_goes_out_and_comes_back(database: Database) -> None:
    say = Statement("SELECT :text")
    texts = [str(number) * 1_000_000 for number in range(10)]
    with database.transaction() as connection:
        asked = [say.ask(connection, {"text": text}) for text in texts]
        assert [answer.read() for answer in asked] == [[(text,)] for text in texts]


def test_answers_may_be_read_in_any_order_and_tell_of_the_instant_of_the_question(database: Database) -> None:
    with database.transaction() as connection:
        before = _COUNT.ask(connection)
        _ADD.send(connection, {"name": "one"})
        after = _COUNT.ask(connection)
        _ADD.send(connection, {"name": "two"})
        assert [rows.read()[0][0] for rows in (after, before)] == [1, 0]


def test_a_fault_that_nobody_waited_for_is_raised_at_the_latest_by_the_commit_and_nothing_is_kept(
    database: Database,
) -> None:
    with pytest.raises(IntegrityError) as caught:
        _add_twice(database)
    assert "once" not in str(caught.value), "the row is nobody's business"
    assert _seen_by_others(database) == {}
    with database.transaction() as connection:  # on the very connection
        _ADD.send(connection, {"name": "once"})
    assert _seen_by_others(database) == {"once": 1}


def test_a_fault_that_nobody_waited_for_is_raised_by_the_next_answer(database: Database) -> None:
    for _ in range(20):
        with pytest.raises(IntegrityError):
            _add_twice(database, reading_after=True)
    assert _seen_by_others(database) == {}


def test_a_block_that_raises_leaves_nothing_and_a_usable_connection(database: Database) -> None:
    for _ in range(3):
        with pytest.raises(LookupError):
            _give_up(database)
    with database.transaction() as connection:
        assert _COUNT.scalar(connection) == 0


def test_questions_and_answers_may_be_larger_than_a_socket(database: Database) -> None:
    telling_back = Statement("SELECT CAST(:words AS text)")
    words = "x" * 3_000_000
    with database.transaction() as connection:
        asked = [telling_back.ask(connection, {"words": words}) for _ in range(3)]
        telling_back.send(connection, {"words": words})
        assert [answer.read()[0][0] == words for answer in asked] == [True] * 3


def test_sqlalchemys_own_statements_wait_as_ever(database: Database) -> None:
    with pytest.raises(IntegrityError):
        _add_compiled_twice(database)
    assert _seen_by_others(database) == {}


def test_a_fault_that_is_swallowed_does_not_pass_for_a_commit(postgresql_database_url: str) -> None:
    """PostgreSQL would answer such a commit with a silent rollback."""
    database = Database(postgresql_database_url, clock=SystemClock())
    with pytest.raises(InvalidRequestError):
        _swallow_a_fault(database)
    assert _seen_by_others(database) == {}
    database.close()


def test_a_server_that_dies_between_the_statements_and_the_commit_is_a_fault(postgresql_database_url: str) -> None:
    database = Database(postgresql_database_url, clock=SystemClock())
    with pytest.raises(DBAPIError):
        _lose_the_server(database)
    assert _seen_by_others(database) == {}
    with database.transaction() as connection:
        assert _COUNT.scalar(connection) == 0
    database.close()


def test_a_statement_larger_than_any_buffer_reaches_its_server(postgresql_database_url: str) -> None:
    """Whoever compiled it: psycopg leaves off sending when its socket is full, and then waits for an answer."""
    database = Database(postgresql_database_url, clock=SystemClock())
    words = "x" * 16_000_000
    with database.transaction() as connection:
        process = Statement("SELECT pg_backend_pid()").scalar(connection)
        giving_up = threading.Timer(_HANGS_SECONDS, _terminate, (database, process))
        giving_up.start()
        _ADD.send(connection, {"name": words[:1_000]})
        assert connection.execute(text("SELECT length(:words)"), {"words": words}).scalar_one() == len(words)
        assert Statement("SELECT length(:words)").scalar(connection, {"words": words}) == len(words)
    giving_up.cancel()
    database.close()


def test_threads_take_turns_at_an_embedded_database(sqlite_database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_BUSY_TIMEOUT_SECONDS", 0.05)
    database = Database(sqlite_database_url, clock=SystemClock())
    inside, done = threading.Event(), threading.Event()

    def hold() -> None:
        with database.transaction():
            inside.set()
            done.wait(10)

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(hold)
        assert inside.wait(10)
        with pytest.raises(WaitingTooLongError), database.transaction():
            pytest.fail("two wrote at once")
        with database.reading() as connection:
            assert _COUNT.scalar(connection) == 0, "a reader waits for nobody"
        done.set()
        holding.result()
    with database.transaction() as connection:
        assert _COUNT.scalar(connection) == 0
    database.close()
