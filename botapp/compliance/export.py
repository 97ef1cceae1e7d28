"""Exports the log, or a part of it, as a bundle that the reader verifies without us."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from botapp.audit.tree import Frontier, NodeSource, frontier_of, inclusion_path
from botapp.compliance.bundle import BundleTerms, BundleWriter, Scope
from botapp.compliance.cover import cover_page
from botapp.compliance.seal import leaf_of, load_openings
from botapp.compliance.signer import Signer
from botapp.storage import tree
from botapp.storage.engine import Database
from botapp.storage.standing import ContactId
from botapp.storage.tree import LogRow, SignedCheckpoint

_BATCH = 2000
_MOST_CHECKPOINTS = 1000

Progress = Callable[[int, int], object]  # entries written, entries in all


class NothingSealedError(Exception):
    """There is no checkpoint yet, or none in the time asked for."""

    reason = "nothing_sealed"


class EntriesGoneError(Exception):
    """Entries that were sealed are not in the database any more. Somebody must look."""

    reason = "entries_gone"


@dataclass(frozen=True, slots=True)
class Exporter:
    """Writes bundles. Reads in small portions, so that a log of any length takes the same memory."""

    database: Database
    signer: Signer

    def export_log(
        self,
        folder: Path,
        made_at: datetime,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        progress: Progress | None = None,
    ) -> int:
        """The whole log, or from the last checkpoint before `since` to the first after `until`; how many entries.

        NothingSealedError if there is nothing to export; FileExistsError if the folder exists.
        """
        with self.database.reading() as connection:
            around = tree.find_around(connection, since, until)
            if around is None:
                raise NothingSealedError("nothing is sealed in that time")
            first, last = around
            begin = 0 if since is None or first.sealed_at > since else first.size
            before = frontier_of(begin, tree.node_source(connection))
        end = last.size
        scope = Scope.RANGE if begin or until is not None else Scope.WHOLE
        terms = BundleTerms(self.signer.origin, scope, made_at)
        with self._writer(folder, terms) as writer:
            for checkpoint in self._spread(first, last):
                writer.add_checkpoint(checkpoint.note)
            for rows in self._in_order(begin, end):
                with self.database.reading() as connection:
                    for row, opening in zip(rows, load_openings(connection, rows), strict=True):
                        writer.add_entry(row.place, leaf_of(row, row.commitment).encode(), opening)
                if progress is not None:
                    progress(rows[-1].place + 1 - begin, end - begin)
            writer.finish(before, {"cover.html": cover_page(terms, end - begin, last)})
        return end - begin

    def export_contact(self, folder: Path, made_at: datetime, contact: ContactId, *, with_openings: bool = True) -> int:
        """All entries of one contact and of its page, each with its own proof; how many entries."""
        with self.database.reading() as connection:
            last = tree.last_checkpoint(connection)
            if last is None:
                raise NothingSealedError("nothing is sealed yet")
            rows = tree.sealed_entries_of(connection, [contact, (contact[0], 0)], last.size)
            openings = list(load_openings(connection, rows)) if with_openings else [None] * len(rows)
            paths = _paths(rows, last.size, tree.node_source(connection))
            terms = BundleTerms(self.signer.origin, Scope.CONTACT, made_at, subject=f"{contact[0]} {contact[1]}")
            with self._writer(folder, terms) as writer:
                writer.add_checkpoint(last.note)
                for row, opening, path in zip(rows, openings, paths, strict=True):
                    # Of the page itself, what it hides belongs to others.
                    shown = opening if row.contact_id == contact[1] else None
                    writer.add_entry(row.place, leaf_of(row, row.commitment).encode(), shown, path)
                writer.finish(Frontier(), {"cover.html": cover_page(terms, len(rows), last)})
        return len(rows)

    def _writer(self, folder: Path, terms: BundleTerms) -> BundleWriter:
        return BundleWriter(folder, terms, self.signer.keys()[0], self.signer.public_keys())

    def _spread(self, first: SignedCheckpoint, last: SignedCheckpoint) -> Iterator[SignedCheckpoint]:
        """From the first to the last, evenly over the entries: what lies between is vouched for by the next one."""
        yield first
        step, size = max(1, (last.size - first.size) // _MOST_CHECKPOINTS), first.size
        with self.database.reading() as connection:
            while size < last.size:
                # The checkpoints are never thinned out, and there may be millions: each is looked for by itself.
                [found] = tree.next_checkpoints(connection, min(size + step, last.size) - 1, 1)
                yield found
                size = found.size

    def _in_order(self, begin: int, end: int) -> Iterator[Sequence[LogRow]]:
        while begin < end:
            with self.database.reading() as connection:
                rows = tree.sealed_entries(connection, begin, min(end, begin + _BATCH))
            if len(rows) != min(end, begin + _BATCH) - begin:
                raise EntriesGoneError(f"entries between {begin} and {begin + _BATCH} are gone from the database")
            yield rows
            begin += len(rows)


def _paths(rows: Sequence[LogRow], size: int, node: NodeSource) -> Iterator[list[bytes]]:
    for row in rows:
        yield inclusion_path(row.place, size, node)
