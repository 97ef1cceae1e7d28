"""Counts: nothing is lost when many count at once, in whatever order they name things."""

import threading
from concurrent.futures import ThreadPoolExecutor

from botapp.storage import counters
from botapp.storage.engine import Database

NAMES = ("duplicate", "unknown_page", "kind:x", "malformed:sender")


def test_counts_add_up_and_nothing_is_counted_for_nothing(database: Database) -> None:
    for counts in ({"a": 2, "b": 0}, {"a": 3}, {}):
        with database.transaction() as connection:
            counters.add(connection, counts)
    with database.reading() as connection:
        assert counters.load_all(connection) == {"a": 5}


def test_many_who_count_the_same_things_in_different_orders_neither_wait_in_a_circle_nor_lose_one(
    database: Database,
) -> None:
    start = threading.Barrier(6)

    def count(number: int) -> None:
        start.wait(10)
        names = NAMES if number % 2 else tuple(reversed(NAMES))
        for _ in range(20):
            with database.transaction() as connection:
                counters.add(connection, dict.fromkeys(names, 1))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(count, range(6)))
    with database.reading() as connection:
        assert counters.load_all(connection) == dict.fromkeys(sorted(NAMES), 120)
