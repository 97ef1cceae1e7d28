"""Whether the state tables are what the log tells: entries retold, of pages and contacts, and compared with rows."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Row

from botapp.compliance import page_agreement
from botapp.compliance.handover_retelling import as_told
from botapp.compliance.retelling import Retelling, Silence
from botapp.compliance.told import Told
from botapp.policy.grounds import standing_grounds
from botapp.policy.reason import REPLANNED_WHEN_THE_CAMPAIGN_CHANGES
from botapp.reengagement.terms import HouseRules
from botapp.storage import contacts, page_rows, state_rows
from botapp.storage.engine import Database
from botapp.storage.ledger import THE_INSTALLATION, THE_PAGE_ITSELF
from botapp.storage.reengagements import State
from botapp.storage.standing import ContactId
from botapp.storage.state_rows import StateRows

_BATCH = 200
_BEFORE_ALL: ContactId = (0, 0)
_OF_CONTACT = (
    "last_claimed_at",
    "asked_for_more_at",
    "unreachable_since",
    "thread_owner",
    "thread_owned_at",
    "converted_at",
    "answered_at",
    "frequency",
    "frequency_at",
    "quiet_hours",
    "quiet_hours_at",
    "staff_id",
)
_OF_SILENCE = ("state", "claimed_at", "opened_at", "closes_at", "crossed_at", "taken_up_at")
_SEEN = (
    "last_at",
    "last_claimed_at",
    "past_claims",
    "asked_for_more_at",
    "converted_at",
    "answered_at",
    "frequency",
    "quiet_hours",
    "suppressions",
    "consent",
    "consent_at",
    "said_yes_to",
    "unreachable",
    "thread_owned",
)

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
        for batch in chain(self._batches(state_rows.next_contacts), self._batches(state_rows.next_without_row)):
            for key, rows in batch.items():
                found.contacts += 1
                found.entries += len(rows.entries)
                if any(self._compare(key, rows)):
                    self._tell(found, key)
            if progress is not None:
                progress(found.contacts, total)
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
            differences = list(self._compare(key, state_rows.load(connection, [key])[key]))
        found.add(differences, self.shown)

    def _compare(self, key: ContactId, rows: StateRows) -> Iterator[Difference]:
        told = Retelling(self.house.window_length)
        for entry in map(Told.of, rows.entries):
            for what, told_value, kept in self._seen(told, entry):
                yield Difference(key, "ledger_entry", f"{what} at entry {entry.sequence}", told_value, kept)
            told.take(entry)
        for table, what, told_value, kept in _differences(told, rows):
            yield Difference(key, table, what, told_value, kept)

    def _seen(self, told: Retelling, entry: Told) -> Iterator[tuple[str, object, object]]:
        """What a decision says that it saw, against what the entries before it come to."""
        now = entry.instant("decided_at")
        if now is None:
            return
        facts = standing_grounds(told.facts(UTC, self.house.claims_remembered, now))
        for name in _SEEN:
            if facts.get(name) != entry.details.get(name):
                yield name, facts.get(name), entry.details.get(name)


_Found = Iterator[tuple[str, str, object, object]]  # table, what, told, kept


def _differences(told: Retelling, rows: StateRows) -> _Found:
    if not told.is_gapless:
        yield "ledger_entry", "numbers", "a gap", f"{len(rows.entries)} entries"
    if rows.contact is None:
        yield "contact", "row", f"{told.last_sequence} entries", None
        return
    yield from _of_contact(told, rows.contact)
    suppressed = {s.scope: (s.set_at, s.until, s.lifted_at) for s in told.suppressions.values()}
    kept = {row.scope: (row.set_at, row.until, row.lifted_at) for row in rows.suppressions}
    yield from _of_rows("suppression", suppressed, kept)
    agreed = {number: (r.state.value, r.occurred_at, r.wording_version) for number, r in told.consents.items()}
    consents = {row.sequence: (row.state, row.occurred_at, row.wording_version) for row in rows.consents}
    yield from _of_rows("consent_record", agreed, consents)
    yield from _of_rows("handover", told.handovers.all, as_told(rows.handovers))
    yield from _of_reengagements(told, {row.interaction_at: row for row in rows.reengagements})


def _of_contact(told: Retelling, row: Row[Any]) -> _Found:
    values = {name: getattr(told, name) for name in _OF_CONTACT}
    values["last_interaction_at"] = told.interactions.last_at
    values["conversation_started_at"] = told.interactions.conversation_started_at
    values["earlier_interaction_at"] = told.interactions.earlier_last_at
    values["ledger_sequence"] = told.last_sequence
    for name, value in values.items():
        if value != getattr(row, name):
            yield "contact", name, value, getattr(row, name)


def _of_rows(table: str, told: dict[Any, Any], kept: dict[Any, Any]) -> _Found:
    for key in sorted(told.keys() | kept.keys()):
        if told.get(key) != kept.get(key):
            yield table, str(key), told.get(key), kept.get(key)


def _of_reengagements(told: Retelling, kept: dict[Any, Row[Any]]) -> _Found:
    for key in sorted(told.silences.keys() | kept.keys()):
        silence, row = told.silences.get(key), kept.get(key)
        if silence is None or row is None:
            if silence is None or not _may_be_forgotten(silence, is_latest=key == told.interactions.last_at):
                yield "reengagement", str(key), silence and silence.state, row and row.state
            continue
        for name, value, held in _of_silence(silence, row):
            yield "reengagement", f"{name} of {key}", value, held


def _may_be_forgotten(silence: Silence, *, is_latest: bool) -> bool:
    """The plan of an earlier silence goes when a later one is decided, a campaign's refusal with the campaign.

    No entry says so. No promise hangs on them: were they there again, the claim would refuse them.
    """
    if silence.state is State.PLANNED:
        return not is_latest
    return silence.state is State.SKIPPED and silence.reason in REPLANNED_WHEN_THE_CAMPAIGN_CHANGES


def _of_silence(silence: Silence, row: Row[Any]) -> Iterator[tuple[str, object, object]]:
    for name in _OF_SILENCE:
        if getattr(silence, name) != getattr(row, name):
            yield name, getattr(silence, name), getattr(row, name)
    if silence.state is not State.PLANNED and silence.reason != row.reason:  # of a plan it is why it waits just now
        yield "reason", silence.reason, row.reason
    if silence.claimed_at is None:
        return
    kept = (
        ("rule", silence.rule, (row.rule_name, row.rule_version)),
        ("template", silence.template, (row.template_name, row.template_version)),
        ("variant", silence.variant, row.variant),
    )
    yield from (found for found in kept if found[1] != found[2])
    if silence.text is not None and silence.text != row.text:
        yield "text", "other words", "than these"  # what they are is the customer's and stays out of reports
