"""What tests of the storage share: a migrated database of each kind, and SQL typed by hand against it."""

from collections.abc import Iterator

import pytest

from botapp.clock import SystemClock
from botapp.storage.engine import Database
from tests.storage.by_hand import Hand


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh migrated database, of each kind in turn."""
    opened = Database(database_url, clock=SystemClock())
    yield opened
    opened.close()


@pytest.fixture
def hand(database: Database) -> Hand:
    """Somebody at the database's prompt, with one page and two customers."""
    return Hand(database)
