"""Lists what a search finds, as CSV or as NDJSON, in constant memory."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from botapp.storage import entries
from botapp.storage.engine import Database
from botapp.storage.entries import StoredEntry
from botapp.storage.tally import Filter

_BATCH = 2000
# What a spreadsheet takes for the beginning of a formula (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the wide forms count, too


class ListForm(StrEnum):
    CSV = "csv"
    NDJSON = "ndjson"


def found_entries(database: Database, wanted: Filter, below: int | None = None) -> Iterator[Sequence[StoredEntry]]:
    """Portions of all that is found at places below `below`, the latest first. No transaction is open in between."""
    before = below
    while True:
        with database.reading() as connection:
            portion = entries.search(connection, wanted, before, _BATCH)
        if not portion:
            return
        yield portion
        before = portion[-1].leaf_index


def write_list(portions: Iterator[Sequence[StoredEntry]], form: ListForm) -> Iterator[tuple[int, bytes]]:
    """The list's text, portion by portion, each with the number of its entries. CSV begins with a line of names."""
    write = _WRITERS[form]
    if form is ListForm.CSV:
        yield 0, _csv_lines([list(_COLUMNS)])
    for portion in portions:
        yield len(portion), write([_content(entry) for entry in portion])


def guarded(value: object) -> object:
    """A cell that no spreadsheet runs: an apostrophe before what looks like a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


_COLUMNS = (
    "place",
    "page",
    "contact",
    "number",
    "kind",
    "recorded_at",
    "happened_at",
    "reason",
    "silence_since",
    "details",
)


def _content(entry: StoredEntry) -> dict[str, object]:
    values = (
        entry.leaf_index,
        entry.account_id,
        entry.contact_id,
        entry.sequence,
        entry.kind,
        _instant(entry.recorded_at),
        _instant(entry.occurred_at),
        entry.reason,
        _instant(entry.subject_at),
        json.loads(entry.details),
    )
    return dict(zip(_COLUMNS, values, strict=True))


def _instant(value: datetime | None) -> str | None:
    return value.isoformat(timespec="microseconds") if value else None


def _as_csv(contents: Sequence[Mapping[str, object]]) -> bytes:
    rows = ({**content, "details": json.dumps(content["details"], sort_keys=True)} for content in contents)
    return _csv_lines([list(row.values()) for row in rows])


def _csv_lines(rows: Sequence[Sequence[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([guarded(value) for value in row] for row in rows)
    return text.getvalue().encode()


def _as_ndjson(contents: Sequence[Mapping[str, object]]) -> bytes:
    return "".join(f"{json.dumps(content)}\n" for content in contents).encode()


_WRITERS: Mapping[ListForm, Callable[[Sequence[Mapping[str, object]]], bytes]] = {
    ListForm.CSV: _as_csv,
    ListForm.NDJSON: _as_ndjson,
}
