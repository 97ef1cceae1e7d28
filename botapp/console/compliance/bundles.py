"""Bundles that anybody can verify: of the log between two days, or of one person."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Blueprint, Response, abort, request

from botapp.compliance.export import EntriesGoneError, NothingSealedError
from botapp.compliance.export_record import Export
from botapp.console.access import current_staff, requires
from botapp.console.compliance.desk import Desk, ProblemError, contact_or_404
from botapp.console.compliance.form import read_instant
from botapp.policy.access import Permission
from botapp.storage import entries, tally, tree
from botapp.storage.tally import Filter
from botapp.storage.times import to_microseconds

MOST_IN_A_BUNDLE = 200_000  # entries: some seconds, and a hundred megabytes for a moment
_TOO_LARGE = f"""That is more than {MOST_IN_A_BUNDLE:,} entries, longer than a browser waits. Choose fewer days, or \
use the command line: botapp audit export --out BUNDLE"""
_BLOCK_BYTES = 1 << 16


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """Both bundles."""

    @blueprint.post("/exports/log")
    @requires(Permission.EXPORT_LOG, everywhere=True)
    def export_log() -> Response:
        since, until = read_instant(request.form.get("since", "")), read_instant(request.form.get("until", ""))
        if _entries_between(desk, Filter(since=since, until=until)) > MOST_IN_A_BUNDLE:
            raise ProblemError(_TOO_LARGE, 400)
        what = {name: to_microseconds(at) for name, at in (("since", since), ("until", until)) if at is not None}
        now = desk.clock.now()
        return _bundle(desk, what, lambda out: desk.exporter.export_log(out, now, since=since, until=until))

    @blueprint.post("/pages/<int:account_id>/contacts/<int:contact_id>/bundle")
    @requires(Permission.EXPORT_LOG)
    def export_contact(account_id: int, contact_id: int) -> Response:
        key = contact_or_404(account_id, contact_id)
        with desk.database.reading() as connection:
            if not entries.entries_of(connection, key, None, 1):
                abort(404)
        what = {"account": account_id, "contact": contact_id}
        return _bundle(desk, what, lambda out: desk.exporter.export_contact(out, desk.clock.now(), key))


def _entries_between(desk: Desk, wanted: Filter) -> int:
    with desk.database.reading() as connection:
        uncounted = tree.load_size(connection) - tally.load_counted(connection)
        return uncounted + sum(t.entries for t in tally.load_tallies(connection, wanted))


def _bundle(desk: Desk, what: dict[str, Any], write: Callable[[Path], int]) -> Response:
    """Written to a private folder first: what it holds is signed for as a whole."""
    export = Export(desk.database, current_staff().id, {"form": "bundle", **what})
    export.begin()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="botapp-export-")))
        try:
            with export.ended_by_a_fault():
                export.entries = write(folder / "bundle")
                archive = Path(shutil.make_archive(str(folder / "botapp-bundle"), "zip", folder, "bundle"))
        except (NothingSealedError, EntriesGoneError) as error:
            raise ProblemError(f"There is no bundle: {error}.", 409) from None
        download = _Download(export, archive, stack.pop_all())
    headers = {
        "Content-Disposition": 'attachment; filename="botapp-bundle.zip"',
        "Content-Length": str(archive.stat().st_size),
    }
    response = Response(download.parts(), mimetype="application/zip", headers=headers)
    response.call_on_close(download.ending.close)
    return response


@dataclass(frozen=True, slots=True)
class _Download:
    """A file that is handed out once. `ending` removes it."""

    export: Export
    archive: Path
    ending: ExitStack = field(repr=False)

    def parts(self) -> Iterator[bytes]:
        with self.export.until_its_end(), self.archive.open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                yield block
