"""Replays the stored log with the verifier's own code: whether a promise was broken, and in how many messages begun.

Contact after contact, so that a log of any length takes the same memory. The verifier shares no code with the sender.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from botapp.audit.verify import HOUR, BrokenError, Replay, faults_of_counts
from botapp.compliance.seal import leaf_of
from botapp.storage import entries
from botapp.storage.engine import Database
from botapp.storage.ledger import THE_PAGE_ITSELF, EntryKind
from botapp.storage.times import to_microseconds
from botapp.storage.tree import LogRow

_BATCH = 2000
_Contents = Iterator[dict[str, Any]]

Progress = Callable[[int], object]  # entries replayed


@dataclass(frozen=True, slots=True)
class Kept:
    """What the replay came to."""

    begun: int
    judged: int  # of those begun
    fault: str | None  # the first promise that was broken, and where


@dataclass(slots=True)
class PromiseCheck:
    """One pass over the log."""

    database: Database
    progress: Progress
    _replay: Replay = field(default_factory=Replay, init=False)
    _terms: list[dict[str, Any]] = field(default_factory=list, init=False)  # entries of the page at hand

    def run(self) -> Kept:
        """Up to the first promise that was broken."""
        fault = None
        with self.database.reading() as connection:
            began = self.database.now(connection)
        try:
            for (account_id, contact_id), contents in groupby(self._contents(), _whose):
                if contact_id == THE_PAGE_ITSELF:
                    self._terms = [content for content in contents if content["kind"] == EntryKind.TERMS]
                else:
                    self._replay_one(account_id, contents)
                self._replay.contacts.clear()
        except BrokenError as error:
            fault = str(error)
        figures = self._replay.figures
        if fault is None:
            before = to_microseconds(began) - HOUR
            fault = next(faults_of_counts(figures, before), None)
        begun = figures.counts[EntryKind.CLAIMED]
        return Kept(begun, begun - figures.not_judged, fault)

    def _replay_one(self, account_id: int, contents: _Contents) -> None:
        """Under the terms that were on record at the time of each entry."""
        self._replay.terms.pop(account_id, None)
        pending = iter(self._terms)
        following = next(pending, None)
        for content in contents:
            while following is not None and following["recorded_at"] <= content["recorded_at"]:
                self._replay.learn_terms(following)
                following = next(pending, None)
            try:
                self._replay.take(content)
            except BrokenError as error:
                raise BrokenError(f"{error}: {_name(content)}") from None

    def _contents(self) -> _Contents:
        """The public part of every entry, each contact's in their order, a page's own before its contacts'."""
        after, replayed = (-1, 0, 0), 0
        while True:
            with self.database.reading() as connection:
                rows = entries.next_by_contact(connection, after, _BATCH)
            if not rows:
                return
            yield from map(_content, rows)
            after, replayed = (rows[-1].account_id, rows[-1].contact_id, rows[-1].sequence), replayed + len(rows)
            self.progress(replayed)


def _content(row: LogRow) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(leaf_of(row, row.commitment).encode())
    return {"details": {}, **content}


def _whose(content: dict[str, Any]) -> tuple[int, int]:
    return content["account"], content["contact"]


def _name(content: dict[str, Any]) -> str:
    return f"number {content['sequence']} of contact {content['contact']} of page {content['account']}"
