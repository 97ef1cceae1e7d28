"""Whether the state tables are what the log tells: entries retold, of pages and contacts, and compared with rows."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain

from sqlalchemy import Connection

from botapp.compliance import contact_agreement, page_agreement
from botapp.compliance.retelling import Retelling
from botapp.compliance.told import Told
from botapp.reengagement.terms import HouseRules
from botapp.storage import contacts, counted, page_rows, state_rows
from botapp.storage.counted import Counted
from botapp.storage.engine import Database
from botapp.storage.ledger import THE_INSTALLATION, THE_PAGE_ITSELF
from botapp.storage.standing import ContactId
from botapp.storage.state_rows import StateRows

_BATCH = 200
_BEFORE_ALL: ContactId = (0, 0)
Progress = Callable[[int, int], object]  # contacts compared, contacts in all
_Next = Callable[[Connection, ContactId, int], list[ContactId]]


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a table does not hold what the log tells."""

    contact: ContactId
    table: str
    what: str  # the column, and which row of the contact
    told: object
    kept: object

    @property
    def whose(self) -> str:
        """Of whom the row is, in words."""
        account_id, contact_id = self.contact
        if contact_id != THE_PAGE_ITSELF:
            return f"contact {account_id}/{contact_id}"
        return "the installation" if account_id == THE_INSTALLATION else f"page {account_id}"

    def __str__(self) -> str:
        told = f"the log tells {self.told!s}, the table holds {self.kept!s}"
        return f"{self.table} of {self.whose}: {self.what}: {told}"


@dataclass(slots=True)
class Agreement:
    """What a comparison came to."""

    contacts: int = 0
    pages: int = 0
    entries: int = 0
    differences: int = 0
    first: list[Difference] = field(default_factory=list)

    def add(self, differences: list[Difference], shown: int) -> None:
        """Count them, and keep some: `shown` of all."""
        self.differences += len(differences)
        self.first += differences[: shown - len(self.first)]


@dataclass(frozen=True, slots=True)
class AgreementCheck:
    """Compares the installation, all pages and all contacts, in small portions. Others may go on writing meanwhile."""

    database: Database
    house: HouseRules
    shown: int = 20  # how many differences are kept

    def run(self, progress: Progress | None = None) -> Agreement:
        """Compare everything. What differs is looked at again, under its lock, before that is told."""
        found = Agreement()
        with self.database.reading() as connection:
            total = state_rows.count_contacts(connection)
            pages = [THE_INSTALLATION, *page_rows.accounts_told(connection)]
        for account_id in pages:
            self._compare_page(found, account_id)
        begun: Counter[Counted] = Counter()
        for batch in chain(self._batches(state_rows.next_contacts), self._batches(state_rows.next_without_row)):
            for key, rows in batch.items():
                found.contacts += 1
                found.entries += len(rows.entries)
                told, differences = self._compare(key, rows)
                begun.update(_counted(key[0], told))
                if differences:
                    self._tell(found, key)
            if progress is not None:
                progress(found.contacts, total)
        self._compare_counts(found, begun)
        return found

    def _compare_page(self, found: Agreement, account_id: int) -> None:
        with self.database.reading() as connection:
            rows = page_agreement.load(connection, account_id)
        found.pages += account_id != THE_INSTALLATION
        found.entries += rows.count
        if not any(page_agreement.differences(account_id, rows)):
            return
        with self.database.transaction() as connection:
            page_rows.hold(connection, account_id)
            rows = page_agreement.load(connection, account_id)
        key = (account_id, THE_PAGE_ITSELF)
        found.add([Difference(key, *each) for each in page_agreement.differences(account_id, rows)], self.shown)

    def _batches(self, next_keys: _Next) -> Iterator[dict[ContactId, StateRows]]:
        after = _BEFORE_ALL
        while True:
            with self.database.reading() as connection:
                keys = next_keys(connection, after, _BATCH)
                if not keys:
                    return
                batch = state_rows.load(connection, keys)
            yield batch
            after = keys[-1]

    def _tell(self, found: Agreement, key: ContactId) -> None:
        with self.database.transaction() as connection:
            with suppress(LookupError):  # there may be no row to be held
                contacts.lock_contact(connection, *key)
            _, differences = self._compare(key, state_rows.load(connection, [key])[key])
        found.add(differences, self.shown)

    def _compare_counts(self, found: Agreement, told: Mapping[Counted, int]) -> None:
        with self.database.reading() as connection:
            kept = counted.load(connection)
        for what in sorted(told.keys() | kept.keys()):
            if told.get(what, 0) != kept.get(what, 0):
                self._tell_count(found, what)

    def _tell_count(self, found: Agreement, what: Counted) -> None:
        with self.database.transaction() as connection:
            kept, begun = counted.hold(connection, what), counted.count(connection, what)
        if kept != begun:
            named = f"{what.rule or 'begun'} since {what.since}"
            difference = Difference((what.account_id, THE_PAGE_ITSELF), what.table, named, begun, kept)
            found.add([difference], self.shown)

    def _compare(self, key: ContactId, rows: StateRows) -> tuple[Retelling, list[Difference]]:
        """What the entries of a contact come to, and where its rows differ from it."""
        told, differences = Retelling(self.house.window_length), []
        for entry in map(Told.of, rows.entries):
            for what, told_value, kept in contact_agreement.seen(told, entry, self.house.claims_remembered):
                differences.append(
                    Difference(key, "ledger_entry", f"{what} at entry {entry.sequence}", told_value, kept)
                )
            told.take(entry)
        differences += [Difference(key, *each) for each in contact_agreement.differences(told, rows)]
        return told, differences


def _counted(account_id: int, told: Retelling) -> Iterator[Counted]:
    """Where the messages of a contact are counted that were not given back."""
    for silence in told.silences.values():
        if silence.budget_since is not None:
            yield Counted(account_id, silence.rule[0] or "", silence.budget_since)
        if silence.day_since is not None:
            yield Counted(account_id, "", silence.day_since)
