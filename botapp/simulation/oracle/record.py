"""Judges the record: the ledger tells a possible story of each silence, the rows end as it does, and both are true."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from botapp.simulation.oracle.books import Attempt, Book, Books, Row, instant
from botapp.simulation.oracle.sends import broken
from botapp.simulation.oracle.verdict import Broken, Violation

_METADATA_PREFIX = "botapp:"  # as the platform sees it
_OPEN_AT_MOST = timedelta(hours=1)  # a claim: a dead worker's is given up after seconds, unless all tickers are dead
_SAME_TRANSACTION = timedelta(seconds=30)  # between a claim's entry and its commit, however slow
_MAY_HAVE_ARRIVED = ("sent", "unknown")

# Kind of entry -> the state after it, and the states that it may follow on; "" is a silence of which nothing was said.
_STORY: dict[str, tuple[str, frozenset[str]]] = {
    "planned": ("planned", frozenset({"", "planned", "skipped"})),
    "skipped": ("skipped", frozenset({"", "planned", "skipped"})),
    "held": ("planned", frozenset({"planned"})),
    "superseded": ("superseded", frozenset({"planned"})),
    "claimed": ("claimed", frozenset({"planned"})),
    "crossed": ("claimed", frozenset({"claimed"})),
    "released": ("planned", frozenset({"claimed"})),
    "sent": ("sent", frozenset({"claimed"})),
    "failed": ("failed", frozenset({"claimed"})),
    "unknown": ("unknown", frozenset({"claimed"})),
    "expired": ("expired", frozenset({"claimed", "planned"})),
    "reconciled": ("sent", frozenset({"claimed", "unknown"})),
}


def judge_record(books: Books, book: Book) -> Iterator[Violation]:
    """The fifth promise, for one contact."""
    yield from _gaps(books, book)
    yield from _stories(books, book)
    yield from _claims(books, book)
    yield from _compared(book, list(book.attempts.values()), book.plan_rows, "re-engagement")
    if book.erased_at is None:  # else the rows of answers are gone
        yield from _compared(book, list(book.answers.values()), book.reply_rows, "answer")


def _gaps(books: Books, book: Book) -> Iterator[Violation]:
    numbers = [row["sequence"] for row in book.ledger_rows]
    if numbers != list(range(1, len(numbers) + 1)):
        yield broken(book, Broken.GAP, books.trace.ends_at, f"the ledger's numbers are {numbers}")


def _stories(books: Books, book: Book) -> Iterator[Violation]:
    told: dict[datetime | None, str] = defaultdict(str)
    for row in book.ledger_rows:
        silence = instant(row, "subject_at")
        kind = str(row["kind"])
        if silence is None or kind not in _STORY:
            continue
        after, before = _STORY[kind]
        if told[silence] not in before:
            words = f"{silence}: an entry {kind} follows on {told[silence] or 'nothing'}"
            yield broken(book, Broken.ROW_AND_LEDGER, instant(row, "recorded_at") or silence, words)
        told[silence] = after
    stored = {instant(row, "interaction_at"): str(row["state"]) for row in book.plan_rows}
    for silence, state in stored.items():
        if told.pop(silence, "") != state:
            words = f"{silence}: the row is {state}, the ledger says otherwise"
            yield broken(book, Broken.ROW_AND_LEDGER, books.trace.ends_at, words)
    for silence, state in told.items():
        if state not in ("planned", "skipped"):  # only plans and refusals may be dropped
            words = f"{silence}: the ledger says {state}, and there is no row"
            yield broken(book, Broken.ROW_AND_LEDGER, books.trace.ends_at, words)


def _claims(books: Books, book: Book) -> Iterator[Violation]:
    """Each write has a claim of its own on the ledger, as old as it says; each claim comes to an outcome."""
    claims = [instant(row, "recorded_at") for row in book.ledger_rows if row["kind"] == "claimed"]
    slack = _SAME_TRANSACTION + books.trace.house.clock_error
    free = [claim for claim in claims if claim is not None]
    for attempt in book.attempts.values():
        own = next((claim for claim in free if abs(claim - attempt.first.claimed_at) <= slack), None)
        if own is None:
            told = f"written at {attempt.first.at}, no claim of {attempt.first.claimed_at} on the ledger"
            yield broken(book, Broken.NO_CLAIM, attempt.first.at, told)
        else:
            free.remove(own)
    for row in (*book.plan_rows, *book.reply_rows):
        claimed_at = instant(row, "claimed_at")
        if row["state"] == "claimed" and claimed_at is not None and claimed_at + _OPEN_AT_MOST < books.trace.ends_at:
            yield broken(book, Broken.NO_OUTCOME, claimed_at, f"a claim of {claimed_at} is still open")


def _compared(book: Book, attempts: Sequence[Attempt], rows: Sequence[Row], what: str) -> Iterator[Violation]:
    """What the platform took is not recorded as not sent, and what is recorded as sent was taken."""
    state_of = {str(row["claim_token"]): str(row["state"]) for row in rows if row["claim_token"] is not None}
    taken = set()
    for attempt in attempts:
        token = attempt.first.metadata.removeprefix(_METADATA_PREFIX)
        if attempt.accepted_at is None:
            continue
        taken.add(token)
        state = state_of.get(token, "released or unheard of")
        if state not in (*_MAY_HAVE_ARRIVED, "claimed"):
            told = f"an {what} that was taken at {attempt.accepted_at} is recorded as {state}"
            yield broken(book, Broken.TAKEN_AND_NOT_RECORDED, attempt.accepted_at, told)
    for row in rows:
        if row["state"] == "sent" and str(row["claim_token"]) not in taken:
            at = instant(row, "claimed_at") or instant(row, "planned_at")
            if at is not None:
                yield broken(book, Broken.RECORDED_AND_NOT_TAKEN, at, f"an {what} is recorded as sent")
