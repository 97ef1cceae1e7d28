"""Checks the live log against what is signed: the stored entries, the tree, the checkpoints, the contacts' numbers.

All of it is read side by side in small portions, so that a log of any length takes the same memory.
"""

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from botapp.audit.checkpoint import Checkpoint, open_checkpoint
from botapp.audit.note import NoteError, PublicKey
from botapp.audit.tree import Frontier, leaf_hash
from botapp.compliance.seal import leaf_of, opening_of
from botapp.compliance.signer import Signer, SigningRefusedError
from botapp.storage import log_numbers, tree
from botapp.storage.engine import Database
from botapp.storage.tree import LogRow, SignedCheckpoint

Progress = Callable[[int, int], object]  # entries checked, entries in all


class TamperedError(Exception):
    """Something stored is not as it was when it was sealed or signed; the text says what and where."""


@dataclass(frozen=True, slots=True)
class LiveReport:
    """How much was found to hold, and the first thing that does not; None if everything does."""

    entries: int
    checkpoints: int
    fault: str | None

    @property
    def holds(self) -> bool:
        return self.fault is None


@dataclass(slots=True)
class LiveCheck:
    """One pass over the log. It reads in small portions, and entries that are added meanwhile are left for the next.

    `kept`: checkpoints that somebody kept out of our reach, as signed notes. Against a rewriting of everything by
    somebody who has the database and the keys, only they help.
    """

    database: Database
    signer: Signer
    kept: Sequence[str] = ()
    portion: int = 2000  # entries, or checkpoints, read at a time
    _frontier: Frontier = field(default_factory=Frontier, init=False)
    _met: int = field(default=0, init=False)  # checkpoints whose root the entries led to
    _keys: Sequence[PublicKey] = field(default=(), init=False)

    def run(self, progress: Progress | None = None) -> LiveReport:
        """Check everything that is sealed now, up to the first fault."""
        try:
            self._check(progress)
        except TamperedError as fault:
            return LiveReport(self._frontier.size, 0, str(fault))
        return LiveReport(self._frontier.size, self._met, None)

    def _check(self, progress: Progress | None) -> None:
        self._keys = self.signer.public_keys()
        with self.database.reading() as connection:
            last, sealed = tree.last_checkpoint(connection), tree.load_frontier(connection)
        kept = sorted(self._kept(sealed), key=attrgetter("size"))
        stored = self._stored(last.size if last else 0)
        self._walk(sealed.size, heapq.merge(stored, kept, key=attrgetter("size")), progress)
        if self._frontier != sealed:
            raise TamperedError("the kept state of the tree is not that of the entries")
        self._check_numbers()

    def _stored(self, last: int) -> Iterator[Checkpoint]:
        """The database's own checkpoints, up to the last one that was there when the check began."""
        after = 0
        while after < last:
            with self.database.reading() as connection:
                rows = tree.next_checkpoints(connection, after, self.portion)
            for row in rows:
                if row.size <= last:
                    yield self._opened(row)
            after = rows[-1].size if rows else last

    def _opened(self, row: SignedCheckpoint) -> Checkpoint:
        found = self._open(row.note, "stored")
        if (found.size, found.root) != (row.size, row.root):
            raise TamperedError(f"the stored checkpoint of {row.size:,} entries is not the one in its note")
        return found

    def _kept(self, sealed: Frontier) -> Iterator[Checkpoint]:
        """Checkpoints that are kept elsewhere: those given, and the signer's own memory."""
        for note in self.kept:
            yield self._open(note, "kept")
        try:
            last = self.signer.last_signed()
        except SigningRefusedError as error:
            raise TamperedError(str(error)) from None
        if last is not None:
            if last.size > sealed.size:
                raise TamperedError(f"{last.size:,} entries were signed, and only {sealed.size:,} are here")
            yield last

    def _open(self, note: str, which: str) -> Checkpoint:
        try:
            return open_checkpoint(note, self.signer.origin, self._keys)
        except NoteError as error:
            raise TamperedError(f"a {which} checkpoint is not one: {error}") from None

    def _walk(self, size: int, pending: Iterator[Checkpoint], progress: Progress | None) -> None:
        following = self._meet(next(pending, None), pending)
        while self._frontier.size < size:
            completed: dict[tuple[int, int], bytes] = {}
            for row, hashed in self._hashed(min(size, self._frontier.size + self.portion)):
                if row.place != self._frontier.size:
                    raise TamperedError(f"entry {self._frontier.size} is gone: {row.place} stands in its place")
                nodes = self._frontier.append(hashed)
                completed.update(((level, at), node) for level, at, node in nodes if level % tree.STORED_LEVELS == 0)
                if following is not None and following.size == self._frontier.size:
                    following = self._meet(following, pending)
            self._check_nodes(completed)
            if progress is not None:
                progress(self._frontier.size, size)
        if following is not None:
            raise TamperedError(f"a checkpoint signs {following.size:,} entries, and only {size:,} are here")

    def _meet(self, awaited: Checkpoint | None, pending: Iterator[Checkpoint]) -> Checkpoint | None:
        """Compare with every checkpoint of this size; the next that is still to come."""
        while awaited is not None and awaited.size == self._frontier.size:
            if awaited.root != self._frontier.root():
                raise TamperedError(f"the first {awaited.size:,} entries are not those that were signed")
            self._met += 1
            awaited = next(pending, None)
        return awaited

    def _hashed(self, end: int) -> Iterator[tuple[LogRow, bytes]]:
        """The next entries with their leaves' hashes, made anew and compared with what is stored."""
        begin = self._frontier.size
        with self.database.reading() as connection:
            rows = tree.sealed_entries(connection, begin, end)
            secrets = tree.find_secrets(connection, {(row.account_id, row.contact_id) for row in rows})
        for row in rows:
            hashed = leaf_hash(leaf_of(row, row.commitment).encode())
            if hashed.hex() != row.leaf_hash:
                raise TamperedError(f"entry {row.place} is not what was sealed: {_name(row)}")
            secret = secrets.get((row.account_id, row.contact_id))
            opening = opening_of(row, secret) if secret else None
            if opening is not None and opening.commitment != row.commitment:
                raise TamperedError(f"what entry {row.place} hides is not what was sealed: {_name(row)}")
            yield row, hashed
        if len(rows) != end - begin:
            raise TamperedError(f"of the entries from {begin} on, {end - begin - len(rows)} are gone")

    def _check_nodes(self, completed: dict[tuple[int, int], bytes]) -> None:
        """Proofs are made of the kept nodes: a false one would not deceive anybody, and prove nothing either."""
        with self.database.reading() as connection:
            kept = tree.find_nodes(connection, completed)
        for key, hashed in completed.items():
            if kept.get(key) != hashed:
                level, position = key
                first, last = position << level, ((position + 1) << level) - 1
                raise TamperedError(f"the kept node over the entries from {first:,} to {last:,} is not theirs")

    def _check_numbers(self) -> None:
        with self.database.reading() as connection:
            gap = log_numbers.find_gap(connection)
        if gap is not None:
            raise TamperedError(
                f"contact {gap.contact_id} of page {gap.account_id} has {gap.entries:,} entries, numbered up to"
                f" {gap.last:,}, and {gap.expected:,} were written"
            )


def _name(row: LogRow) -> str:
    return f"number {row.sequence} of contact {row.contact_id} of page {row.account_id}"
