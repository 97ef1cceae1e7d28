"""Keeps what came of sends up with the log, and tells all of it once more to compare."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from botapp.policy import webhook_event, webhook_retry
from botapp.policy.experiments.book import Book
from botapp.policy.experiments.outcome import Cell, Counts, Send
from botapp.storage import outcomes, tree, webhook_outbox
from botapp.storage.engine import Database

_MOST_AT_ONCE = 5000  # some tenths of a second: whoever calls has other duties too


@dataclass(frozen=True, slots=True)
class OutcomeKeeper:
    """Takes sealed entries in their order. Any number of processes may: each entry is taken once.

    What it has taken, and what webhooks are to tell of it, is one transaction.
    """

    database: Database
    webhooks_last: timedelta = webhook_retry.LASTS

    def advance(self) -> "Advanced":
        """Take the next entries, some thousand at most. Nothing as well if another process was quicker."""
        with self.database.reading() as connection:
            is_behind = outcomes.load_progress(connection)[0] < tree.load_size(connection)
        if not is_behind:
            return Advanced()
        with self.database.transaction() as connection:
            advanced, events = _advance(connection, _MOST_AT_ONCE)
            if events:
                now = self.database.now(connection)
                webhook_outbox.put_out(connection, events, now, now + self.webhooks_last)
        return advanced

    def rebuild(self, tell: Callable[[int, int], None] | None = None) -> "Rebuilt":
        """Tell everything again from the first entry on, up to where the counts are. Changes nothing.

        `tell` is called now and then with how many entries were taken, and how many there are.
        """
        with self.database.reading() as connection:
            taken, _ = outcomes.load_progress(connection)
            kept = (outcomes.load_all_open(connection), outcomes.load_counts(connection))
            book = Book()
            counts = Counts()
            for begin in range(0, taken, _MOST_AT_ONCE):
                for entry in outcomes.load_entries(connection, begin, min(begin + _MOST_AT_ONCE, taken)):
                    book.take(entry)
                book.settle()
                counts.update(book.changes)
                book = Book(book.clock, book.sends)
                if tell is not None:
                    tell(min(begin + _MOST_AT_ONCE, taken), taken)
        return Rebuilt(taken, kept[0], kept[1], book.sends, counts)


@dataclass(frozen=True, slots=True)
class Advanced:
    """How many entries were taken, and the pages of which counts changed."""

    entries: int = 0
    account_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What is kept, and what the log tells, of the first so many entries."""

    entries: int
    kept_sends: list[Send]
    kept_counts: Counts
    told_sends: list[Send]
    told_counts: Counts

    def differences(self) -> Iterator[str]:
        """Each in words; none if all is as the log tells."""
        kept = {_key(send): send for send in self.kept_sends}
        told = {_key(send): send for send in self.told_sends}
        for key in sorted(kept.keys() | told.keys()):
            if kept.get(key) != told.get(key):
                yield f"a send to contact {key[1]} of page {key[0]} is not watched as the log tells it"
        for cell, measure in sorted(self.kept_counts.keys() | self.told_counts.keys()):
            found = (self.kept_counts[cell, measure], self.told_counts[cell, measure])
            if found[0] != found[1]:
                yield f"{_named(cell)}, {measure}: {found[0]} are counted, the log tells {found[1]}"


def _advance(connection: Connection, limit: int) -> tuple[Advanced, list[webhook_event.Event]]:
    begin, clock = outcomes.load_progress(connection)
    end = min(begin + limit, tree.load_size(connection))
    if end <= begin:
        return Advanced(), []
    entries = outcomes.load_entries(connection, begin, end)
    open_sends = outcomes.load_open(connection, {(entry.account_id, entry.contact_id) for entry in entries})
    book = Book(clock, open_sends)
    for entry in entries:
        book.take(entry)
    if not outcomes.advance(connection, begin, end, book.clock):
        return Advanced(), []
    changed = _save(connection, open_sends, book)
    while due := outcomes.load_due(connection, book.clock, limit):
        changed |= _save(connection, due, Book(book.clock, due))
    return Advanced(end - begin, frozenset(changed)), list(webhook_event.events(book.steps, entries))


def _save(connection: Connection, before: list[Send], book: Book) -> set[int]:
    """Keep what the book came to; the pages of which counts changed."""
    book.settle()
    known, now = {_key(send): send for send in before}, {_key(send): send for send in book.sends}
    changed = [send for key, send in now.items() if known.get(key) != send]
    outcomes.save(connection, changed, [send for key, send in known.items() if key not in now])
    changes = book.changes
    outcomes.add(connection, changes)
    return {cell.account_id for cell, _ in changes}


def _key(send: Send) -> tuple[int, int, int]:
    return send.account_id, send.contact_id, send.silence_at


def _named(cell: Cell) -> str:
    variant = f", variant {cell.variant}" if cell.variant else ""
    held_out = ", held out" if cell.is_held_out else ""
    return f"page {cell.account_id}, rule {cell.rule}, version {cell.version}{variant}{held_out}"
