"""Who leads: one at a time, for as long as it renews, by the database's clock."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from botapp.storage import leases
from botapp.storage.engine import Database
from botapp.storage.times import from_microseconds
from tests.storage.by_hand import NOON

TTL = timedelta(seconds=4)
NOW = from_microseconds(NOON)


def _acquire(database: Database, holder: str, seconds: float = 0, name: str = "ticker") -> bool:
    with database.transaction() as connection:
        return leases.acquire(connection, name, holder, NOW + timedelta(seconds=seconds), TTL)


def test_while_one_leads_nobody_else_does(database: Database) -> None:
    assert _acquire(database, "first")
    assert not _acquire(database, "second", 1)
    assert _acquire(database, "another duty", name="another")


def test_whoever_leads_goes_on_leading_by_renewing(database: Database) -> None:
    for seconds in (0, 3, 6, 9):
        assert _acquire(database, "first", seconds)
        assert not _acquire(database, "second", seconds + 3.999999)


def test_who_does_not_renew_is_replaced_at_the_very_end_of_the_lease(database: Database) -> None:
    assert _acquire(database, "first")
    assert not _acquire(database, "second", 3.999999)
    assert _acquire(database, "second", 4)
    assert not _acquire(database, "first", 5), "it slept, and another leads"


def test_a_leader_that_goes_makes_room_at_once_and_nobody_else_can_make_it_go(database: Database) -> None:
    assert _acquire(database, "first")
    for holder, successor_leads in (("second", False), ("first", True)):
        with database.transaction() as connection:
            leases.release(connection, "ticker", holder)
        assert _acquire(database, "third", 1) == successor_leads


def test_of_many_who_reach_for_it_at_once_one_gets_it(database: Database) -> None:
    for round_ in range(3):
        start = threading.Barrier(8)

        def reach(number: int, start: threading.Barrier = start, name: str = f"duty-{round_}") -> bool:
            start.wait(10)
            return _acquire(database, f"holder-{number}", name=name)

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(reach, range(8))) == 1


def test_when_it_was_last_renewed_can_be_asked(database: Database) -> None:
    with database.reading() as connection:
        assert leases.last_seen(connection, "ticker") is None
    _acquire(database, "first", 2)
    with database.reading() as connection:
        assert leases.last_seen(connection, "ticker") == NOW + timedelta(seconds=2)
