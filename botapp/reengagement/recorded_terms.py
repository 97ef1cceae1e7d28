"""A page's terms on record: what a message was begun under can be looked up by whoever verifies the log."""

import json
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from botapp.policy.decision import Terms
from botapp.reengagement.terms import HouseRules
from botapp.storage import accounts, ledger
from botapp.storage.engine import Database
from botapp.storage.ledger import Entry, EntryKind

_MICROSECOND = timedelta(microseconds=1)


class TermsNotRecordedError(Exception):
    """A message was about to be begun under terms of which this process knows no entry."""


@dataclass(frozen=True, slots=True)
class OnRecord:
    """Terms, and the number of the entry that holds them among the page's own."""

    terms: Terms
    number: int


class RecordedTerms:
    """Which entry of a page holds the terms that this process works by.

    A claim names that entry. Processes of different settings, as during a deployment, each name their own, and what
    one of them records does not touch the other.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[int, Terms], int] = {}

    def find(self, account_id: int, terms: Terms) -> OnRecord:
        """The terms and where they stand. TermsNotRecordedError if this process knows of no such entry."""
        number = self._known.get((account_id, terms))
        if number is None:
            raise TermsNotRecordedError
        return OnRecord(terms, number)

    def record(self, database: Database, house: HouseRules, account_id: int) -> None:
        """Append the page's terms in a transaction of its own, unless the last ones recorded are the same."""
        with database.transaction() as connection:
            account = accounts.lock_account(connection, account_id)
            terms = house.terms_of(account)
            number = _put_on_record(connection, account_id, as_details(terms), database)
        self._known[account_id, terms] = number

    def record_all(self, database: Database, house: HouseRules) -> None:
        """The same for every page that has terms of which this process knows no entry."""
        with database.reading() as connection:
            pages = accounts.load_all(connection)
        for page in pages:
            if (page.id, house.terms_of(page)) not in self._known:
                self.record(database, house, page.id)


def as_details(terms: Terms) -> dict[str, int | str]:
    """What of the terms a message is judged by; durations in microseconds."""
    return {
        "window": terms.window_length // _MICROSECOND,
        "send_allowance": terms.send_allowance // _MICROSECOND,
        "cool_down": terms.cool_down // _MICROSECOND,
        "cap": terms.cap,
        "cap_period": terms.cap_period // _MICROSECOND,
        "ignored_cap": terms.ignored_cap,
        "anchor": terms.anchor.value,
        "basis": terms.basis.value,
        "conversion_voids": terms.conversion_voids.value,
        "answer_voids": terms.answer_voids.value,
        "day": terms.day // _MICROSECOND,
    }


def _put_on_record(connection: Connection, account_id: int, details: dict[str, int | str], database: Database) -> int:
    last = ledger.find_last_of_page(connection, account_id, EntryKind.TERMS)
    if last is not None and json.loads(last.details) == details:
        return int(last.sequence)
    entry = Entry(EntryKind.TERMS, details=details)
    return ledger.append_for_page(connection, account_id, entry, database.now(connection))
