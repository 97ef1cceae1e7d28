"""Searching the log finds what looking at every entry finds, however much of it is counted already."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import text

from botapp.storage import entries, tally
from botapp.storage.engine import Database
from botapp.storage.entries import StoredEntry
from botapp.storage.tally import Filter
from tests.storage.sealed_log import FIRST, SealedLog, make_log

ENTRIES = 600  # seven minutes apart: nearly three days
EVENING, NEXT_NIGHT = FIRST + timedelta(hours=3), FIRST + timedelta(hours=29)
WANTED = {
    "everything": Filter(),
    "a page": Filter(account_ids=[2]),
    "two pages": Filter(account_ids=[1, 2]),
    "no page": Filter(account_ids=[]),
    "the installation": Filter(account_ids=[0]),
    "a kind": Filter(kinds=["crossed"]),
    "kinds of a page": Filter(account_ids=[1], kinds=["sent", "interaction"]),
    "a reason": Filter(reasons=["muted"]),
    "reasons of a page": Filter(account_ids=[2], reasons=["muted", "no_rule"]),
    "a reason and a kind without it": Filter(kinds=["sent"], reasons=["muted"]),
    "what never happened": Filter(kinds=["failed"]),
    "a time": Filter(since=EVENING, until=NEXT_NIGHT),
    "from a time on": Filter(since=NEXT_NIGHT),
    "until a time": Filter(until=EVENING),
    "a reason at a time": Filter(account_ids=[1], reasons=["stopped"], since=EVENING, until=NEXT_NIGHT),
    "before everything": Filter(until=FIRST),
    "the first entry to the microsecond": Filter(since=FIRST, until=FIRST + timedelta(microseconds=1)),
}


@pytest.fixture
def log(database: Database) -> SealedLog:
    return make_log(database, ENTRIES, unsealed=5)


def count(database: Database, limit: int) -> int:
    with database.transaction() as connection:
        return tally.advance(connection, limit)


def pages_of(log: SealedLog, wanted: Filter, size: int) -> list[list[StoredEntry]]:
    """Page after page, until one is empty."""
    pages, before = [], None
    with log.database.reading() as connection:
        while page := entries.search(connection, wanted, before, size):
            pages.append(page)
            before = page[-1].leaf_index
    return pages


@pytest.mark.parametrize("counted", [0, 350, ENTRIES])
def test_a_search_finds_exactly_what_is_meant_the_latest_first(log: SealedLog, counted: int) -> None:
    count(log.database, counted)
    for name, wanted in WANTED.items():
        with log.database.reading() as connection:
            assert entries.search(connection, wanted, None, ENTRIES) == log.expected(wanted), name


def test_the_pages_of_a_search_are_the_whole_without_a_gap_or_a_double(log: SealedLog) -> None:
    count(log.database, 450)
    for name, wanted in WANTED.items():
        pages = pages_of(log, wanted, 17)
        assert [row for page in pages for row in page] == log.expected(wanted), name
        assert all(len(page) == 17 for page in pages[:-1]), name


def test_a_search_over_more_pages_than_can_be_merged_finds_the_same(database: Database) -> None:
    log = make_log(database, ENTRIES, pages=range(1, 300))
    count(database, ENTRIES)
    for name, wanted in WANTED.items():
        pages = pages_of(log, wanted, 50)
        assert [row for page in pages for row in page] == log.expected(wanted), name


def test_numbers_are_those_of_all_entries_and_of_each_day(log: SealedLog) -> None:
    while count(log.database, 70):
        pass
    with log.database.reading() as connection:
        everything = tally.load_tallies(connection, Filter())
        midnight = EVENING.replace(hour=0) + timedelta(days=1)
        of_a_day = tally.load_tallies(connection, Filter(since=midnight, until=midnight + timedelta(hours=23)))
    expected = Counter((row.account_id, row.kind, row.reason or "") for row in log.rows)
    assert {(t.account_id, t.kind, t.reason): t.entries for t in everything} == expected
    that_day = [row for row in log.rows if row.recorded_at.date() == midnight.date()]
    assert sum(t.entries for t in of_a_day) == len(that_day) > 100


def test_what_is_counted_is_not_counted_again(log: SealedLog) -> None:
    assert [count(log.database, 400) for _ in range(3)] == [400, ENTRIES - 5 - 400, 0]
    with log.database.reading() as connection:
        assert sum(t.entries for t in tally.load_tallies(connection, Filter())) == ENTRIES - 5


def test_who_is_slower_at_counting_counts_nothing(log: SealedLog) -> None:
    """The other's count is committed between our look at how far it is and our taking of the next part."""
    with log.database.reading() as connection:
        begin = tally.load_counted(connection)
    count(log.database, 100)
    with log.database.transaction() as connection:
        assert not tally.take(connection, begin, begin + 100)
        assert tally.take(connection, begin + 100, begin + 200)


def test_a_search_finds_all_that_have_a_place_and_no_others(log: SealedLog) -> None:
    with log.database.reading() as connection:
        found = entries.search(connection, Filter(), None, ENTRIES)
    assert {row.leaf_index for row in found} == set(range(ENTRIES - 5))


def test_the_entries_of_a_contact_come_with_those_not_sealed_yet(log: SealedLog) -> None:
    with log.database.reading() as connection:
        found = entries.entries_of(connection, (1, 1), None, ENTRIES)
        first_page = entries.entries_of(connection, (1, 1), None, 10)
        second_page = entries.entries_of(connection, (1, 1), first_page[-1].sequence, 10)
        crossed = entries.entries_of(connection, (1, 1), None, ENTRIES, kinds=["crossed"])
    assert [row.sequence for row in found] == list(range(len(found), 0, -1))
    assert found[:20] == first_page + second_page
    assert crossed == [row for row in found if row.kind == "crossed"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("wanted", "index"),
    [("a kind", "ix_ledger_entry_kind"), ("a reason", "ix_ledger_entry_reason"), ("a time", "uq_ledger_entry")],
)
def test_a_search_looks_into_an_index(log: SealedLog, wanted: str, index: str) -> None:
    """On SQLite, whose plans do not depend on the size. What PostgreSQL does at ten million, the bench shows."""
    count(log.database, ENTRIES)
    with log.database.reading() as connection:
        statement = entries.search_statement(connection, WANTED[wanted], None, 10)
        sql = statement.compile(connection, compile_kwargs={"literal_binds": True})
        plan = [str(row[3]) for row in connection.execute(text(f"EXPLAIN QUERY PLAN {sql}"))]
    looks = [step for step in plan if " ledger_entry " in step]
    assert all(step.startswith("SEARCH") for step in looks)
    assert any(index in step for step in looks[1:])
