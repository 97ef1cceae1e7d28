"""The database in which a past is made: transactions as in production, on the disk by the hundred."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from botapp.showcase.agenda import DrivenClock
from botapp.storage.driven import DrivenDatabase
from botapp.storage.engine import Database
from botapp.storage.schema import staff
from botapp.storage.scrubbing import empty_write_ahead_log

_NOW = datetime(2026, 11, 20, tzinfo=UTC)


def _hire(database: Database, name: str) -> None:
    with database.transaction() as connection:
        connection.execute(staff.insert().values(name=name, display_name=name, created_at=_NOW))
        if name == "nobody":
            raise LookupError(name)


def _hired(database: Database) -> int:
    with database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(staff)).scalar_one())


def test_what_fails_is_undone_by_itself_and_closing_keeps_the_rest(sqlite_database_url: str) -> None:
    clock = DrivenClock(_NOW)
    database, others = (kind(sqlite_database_url, clock=clock) for kind in (DrivenDatabase, Database))
    _hire(database, "alice")
    with pytest.raises(LookupError):
        _hire(database, "nobody")
    _hire(database, "bob")
    assert (_hired(database), _hired(others)) == (2, 0)
    database.close()
    assert _hired(others) == 2
    others.close()


def test_nobody_waits_for_it_who_empties_the_log_of_changes(sqlite_database_url: str) -> None:
    database = DrivenDatabase(sqlite_database_url, clock=DrivenClock(_NOW))
    _hire(database, "alice")
    assert empty_write_ahead_log(database)
    _hire(database, "bob")
    assert _hired(database) == 2
    database.close()
