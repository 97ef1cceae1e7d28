"""Lists for spreadsheets and programs: all that was found, and nothing that a spreadsheet would run."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from botapp.clock import SystemClock
from botapp.compliance.listing import ListForm, found_entries, guarded, write_list
from botapp.storage import tally
from botapp.storage.engine import Database
from botapp.storage.entries import StoredEntry
from botapp.storage.tally import Filter
from tests.storage.sealed_log import SealedLog, make_log

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def log(database_url: str) -> Iterator[SealedLog]:
    database = Database(database_url, clock=SystemClock())
    made = make_log(database, 2500)
    with database.transaction() as connection:
        tally.advance(connection, 2200)
    yield made
    database.close()


def text_of(log: SealedLog, wanted: Filter, form: ListForm) -> str:
    return b"".join(part for _, part in write_list(found_entries(log.database, wanted), form)).decode()


def test_a_list_holds_every_entry_that_was_found_in_its_order(log: SealedLog) -> None:
    wanted = Filter(kinds=["interaction", "skipped"])
    expected = [row.leaf_index for row in log.expected(wanted)]
    assert len(expected) > 2000  # more than is read at once
    lines = [json.loads(line) for line in text_of(log, wanted, ListForm.NDJSON).splitlines()]
    rows = list(csv.DictReader(io.StringIO(text_of(log, wanted, ListForm.CSV))))
    assert [line["place"] for line in lines] == expected
    assert [int(row["place"]) for row in rows] == expected


def test_the_portions_tell_how_many_entries_they_hold(log: SealedLog) -> None:
    parts = list(write_list(found_entries(log.database, Filter()), ListForm.CSV))
    assert sum(count for count, _ in parts) == 2500


def test_what_is_sealed_while_the_list_is_written_is_not_in_it(log: SealedLog) -> None:
    places = [row.leaf_index for portion in found_entries(log.database, Filter(), 100) for row in portion]
    assert places == list(range(99, -1, -1))


@pytest.mark.parametrize(
    "formula", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff20A"]
)
def test_a_cell_that_looks_like_a_formula_is_text(formula: str) -> None:
    entry = StoredEntry(1, 2, 3, "proactive_stopped", None, NOON, formula, None, "{}", 4)
    text = b"".join(part for _, part in write_list(iter([[entry]]), ListForm.CSV)).decode()
    [row] = csv.DictReader(io.StringIO(text, newline=""))
    assert row["reason"] == f"'{formula}"


@pytest.mark.parametrize("value", ["plain words", "1 = 1", 7, None, "{}"])
def test_other_cells_are_left_as_they_are(value: object) -> None:
    assert guarded(value) == value


def test_a_cell_cannot_end_its_row() -> None:
    entry = StoredEntry(1, 2, 3, "page_paused", None, NOON, 'said "a",\r\nb', None, '{"a": "b,c"}', 4)
    text = b"".join(part for _, part in write_list(iter([[entry]]), ListForm.CSV)).decode()
    [row] = csv.DictReader(io.StringIO(text, newline=""))
    assert (row["reason"], row["details"]) == ('said "a",\r\nb', '{"a": "b,c"}')
