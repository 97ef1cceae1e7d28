"""Writes the noes of a page in force as a list that an import reads: CSV, in constant memory."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime

from botapp.compliance.listing import guarded
from botapp.compliance.suppression_file import COLUMNS
from botapp.storage import suppression_lists
from botapp.storage.engine import Database
from botapp.storage.suppression_lists import THE_BEGINNING, ListedNo

_PORTION = 2000


def write_noes(database: Database, account_id: int) -> Iterator[tuple[int, bytes]]:
    """The list portion by portion, each with the number of its noes. No transaction is open in between."""
    yield 0, _lines([COLUMNS])
    place = THE_BEGINNING
    while True:
        with database.reading() as connection:
            now = database.now(connection)
            found = suppression_lists.load_noes(connection, account_id, place, now, _PORTION)
        if not found:
            return
        yield len(found), _lines([_row(no) for no in found])
        place = found[-1].place


def _row(no: ListedNo) -> Sequence[object]:
    return no.platform_contact_id, no.scope, _instant(no.until), _instant(no.set_at)


def _instant(at: datetime | None) -> str:
    return at.isoformat().replace("+00:00", "Z") if at else ""


def _lines(rows: Sequence[Sequence[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([guarded(cell) for cell in row] for row in rows)
    return text.getvalue().encode()
