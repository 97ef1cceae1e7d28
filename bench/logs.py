"""Logs as large as wanted, of customers who wrote, were written to once, and wrote again: already sealed and signed."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import Connection

from bench.stage import House
from botapp.audit.entry import canonical
from botapp.audit.tree import Frontier, leaf_hash
from botapp.compliance.seal import leaf_of, opening_of
from botapp.reengagement.recorded_terms import RecordedTerms
from botapp.storage import bulk, ledger, tree
from botapp.storage.ledger import EntryKind
from botapp.storage.schema import ledger_entry
from botapp.storage.standing import ContactId
from botapp.storage.times import to_microseconds
from botapp.storage.tree import LogRow

_SECOND = 1_000_000
_HOUR = 3600 * _SECOND
_ENTRIES_A_CHECKPOINT = 10_000
# What a decision saw, about as long as in earnest.
_DECISION = {
    "rule": "after-a-while",
    "rule_version": 1,
    "template": "hello-again",
    "template_version": 1,
    "template_hash": "0123456789abcdef" * 4,
    "suppressions": [],
    "consent": "given",
    "past_claims": [],
    "unreachable": False,
    "thread_owned": False,
}
_WORDS = {"text": "Hello! Do you still have questions about the blue sofa? Just write to us."}


class _Event(NamedTuple):
    kind: EntryKind
    at: int
    subject_at: int | None = None
    details: Mapping[str, Any] = {}
    evidence_key: str | None = None
    private: Mapping[str, Any] | None = None


def fill_log(house: House, account_id: int, entries: int, after: int = 0) -> None:
    """So many entries of the page's customers, from behind the first `after` on; a checkpoint for each ten thousand.

    They are written with their places in the tree, ten thousand in a transaction; the signatures are the sealer's own.
    """
    database, sealer = house.installation.database, house.installation.sealer()
    RecordedTerms().record(database, house.installation.house, account_id)
    sealer.seal()  # what was there before
    with database.reading() as connection:
        terms = ledger.find_last_of_page(connection, account_id, EntryKind.TERMS)
    if terms is None:
        raise LookupError("a page without terms")
    began = to_microseconds(terms.recorded_at)
    rows = islice(_rows(account_id, began, {**_DECISION, "terms": terms.sequence}), after, after + entries)
    while portion := list(islice(rows, _ENTRIES_A_CHECKPOINT)):
        with database.transaction() as connection:
            frontier = tree.lock_tree(connection)
            secrets = tree.make_secrets(connection, {(row.account_id, row.contact_id) for row in portion})
            completed: list[tuple[int, int, bytes]] = []
            _insert(connection, _placed(portion, secrets, frontier, completed))
            tree.save_tree(connection, frontier, completed)
        sealer.seal(most=0)


def _insert(connection: Connection, rows: Iterable[LogRow]) -> None:
    bulk.insert(connection, ledger_entry, [row._asdict() for row in rows])


def _placed(
    rows: Iterable[LogRow],
    secrets: Mapping[ContactId, bytes],
    frontier: Frontier,
    completed: list[tuple[int, int, bytes]],
) -> Iterator[LogRow]:
    for row in rows:
        opening = opening_of(row, secrets[row.account_id, row.contact_id])
        commitment = opening.commitment if opening else None
        hashed = leaf_hash(leaf_of(row, commitment).encode())
        yield row._replace(leaf_index=frontier.size, leaf_hash=hashed.hex(), commitment=commitment)
        completed.extend(frontier.append(hashed))


def _rows(account_id: int, began: int, decision: Mapping[str, Any]) -> Iterator[LogRow]:
    """Customer after customer, without end."""
    contact_id = 0
    while True:
        contact_id += 1
        for sequence, event in enumerate(_story(began, contact_id, decision), 1):
            yield _row(account_id, contact_id, sequence, event)


def _row(account_id: int, contact_id: int, sequence: int, event: _Event) -> LogRow:
    return LogRow(
        account_id,
        contact_id,
        sequence,
        event.kind.value,
        event.at,
        event.at,
        "too_soon" if event.kind is EntryKind.SKIPPED else None,
        event.evidence_key,
        event.subject_at,
        canonical(event.details).decode(),
        canonical(event.private).decode() if event.private else None,
        None,
        None,
        None,
    )


def _story(began: int, contact_id: int, decision: Mapping[str, Any]) -> Iterator[_Event]:
    at = began + contact_id * _SECOND
    evidence, plan = f"m:m_{contact_id:020d}", {"due_at": at + 4 * _HOUR, "rule": "after-a-while"}
    yield _Event(EntryKind.INTERACTION, at, details={"kind": "message_text"}, evidence_key=evidence)
    consent = {"purpose": "reengagement", "method": "message"}
    yield _Event(EntryKind.CONSENT_GIVEN, at, details=consent, evidence_key=evidence)
    yield _Event(EntryKind.PLANNED, at, at, plan)
    yield _Event(EntryKind.REPLY_SENT, at + _SECOND, evidence_key=evidence)
    yield _Event(EntryKind.CLAIMED, at + 4 * _HOUR, at, decision, private=_WORDS)
    yield _Event(EntryKind.SENT, at + 4 * _HOUR + _SECOND, at, evidence_key=evidence)
    back = at + 5 * _HOUR
    yield _Event(EntryKind.INTERACTION, back, details={"kind": "message_text"}, evidence_key=evidence)
    yield _Event(EntryKind.TAKEN_UP, back)
    yield _Event(EntryKind.PLANNED, back, back, {**plan, "due_at": back + 4 * _HOUR})
    yield _Event(EntryKind.SKIPPED, back + 4 * _HOUR, back, decision)
