"""Takes in a list: first what would become of each line, with nothing changed, and then the same for good."""

import csv
import io
import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from botapp.compliance.suppression_file import ListError, read_noes
from botapp.compliance.suppression_import import Became, Reported, SuppressionImport
from botapp.console.access import current_staff, requires
from botapp.console.pages_named import chosen_page, pages_of
from botapp.console.parts import ConsoleParts
from botapp.policy.access import Permission
from botapp.storage.accounts import Account

LARGEST_LIST_CHARACTERS = 900_000  # sent back within a form of the console, which takes a megabyte in all
_MOST_SHOWN = 500
_ACTS = frozenset({"try", "take"})
_WORDS = {
    Became.STORED: "Not written to from now on",
    Became.KEPT: "Not known to the page yet: it holds from their first message on",
    Became.KNOWN: "Not written to already",
    Became.ASKED_BACK: "Asked to hear from the page again since then",
    Became.OVER: "Ended before now",
    Became.DOES_NOT_FIT: "Cannot be read",
}
_WORTH_A_LOOK = frozenset({Became.ASKED_BACK, Became.OVER, Became.DOES_NOT_FIT})
_EMPTY = "Choose a list first: a CSV file whose first line names the columns."
_TOO_LONG = "That list is longer than this page takes. Take it in in parts, or with botapp contact suppress."
_BUSY = "Another list is being taken in right now. Please try again in a moment."


@dataclass(frozen=True, slots=True)
class Report:
    """What became, or would become, of a list: how many lines of each kind, and those that somebody should look at."""

    page: Account
    is_dry_run: bool
    counts: Mapping[Became, int]
    looked_at: Sequence[Reported]
    more: int  # of those, beyond what is shown
    text: str  # the list, to be taken in by the next click

    @staticmethod
    def of(page: Account, reports: Iterable[Reported], text: str, *, is_dry_run: bool) -> "Report":
        """In constant memory for what is taken in without a question."""
        counts: Counter[Became] = Counter()
        looked_at: list[Reported] = []
        more = 0
        for each in reports:
            counts[each.status] += 1
            if each.status in _WORTH_A_LOOK and len(looked_at) < _MOST_SHOWN:
                looked_at.append(each)
            elif each.status in _WORTH_A_LOOK:
                more += 1
        return Report(page, is_dry_run, {kind: counts[kind] for kind in Became}, looked_at, more, text)


def add_routes(blueprint: Blueprint, parts: ConsoleParts) -> None:
    """The form, and what becomes of a list."""
    turn = threading.Lock()  # one at a time in each process: it holds one of the threads that webhooks need

    @blueprint.get("/")
    @requires(Permission.HANDLE_REQUESTS)
    def show() -> str:
        return _show(parts)

    @blueprint.post("/")
    @requires(Permission.HANDLE_REQUESTS)
    def take() -> ResponseReturnValue:
        page, act, text = chosen_page(parts, Permission.HANDLE_REQUESTS), request.form.get("act"), _sent()
        if act not in _ACTS:
            abort(400)
        if not text.strip() or len(text) > LARGEST_LIST_CHARACTERS:
            return _show(parts, _TOO_LONG if text.strip() else _EMPTY), 422
        if not turn.acquire(blocking=False):
            return _show(parts, _BUSY), 503
        try:
            return _take(parts, page, text, is_dry_run=act == "try")
        except ListError as error:
            return _show(parts, str(error)), 422
        finally:
            turn.release()


def _sent() -> str:
    """A file that was chosen; else the list of the form before, which had it from one."""
    file = request.files.get("list")
    if file is None:
        return request.form.get("text", "")
    with closing(file):
        content: bytes = file.read()
    return content.decode("utf-8-sig", "replace")


def _take(parts: ConsoleParts, page: Account, text: str, *, is_dry_run: bool) -> ResponseReturnValue:
    """Raises ListError."""
    taking = SuppressionImport(parts.database, parts.tombstone_key, page, current_staff().id)
    reports = taking.take(read_noes(io.StringIO(text, newline="")), dry_run=is_dry_run)
    if request.form.get("as_file"):
        return _as_file(reports, page, is_dry_run=is_dry_run)
    return _show(parts, report=Report.of(page, reports, text if is_dry_run else "", is_dry_run=is_dry_run))


def _as_file(reports: Iterable[Reported], page: Account, *, is_dry_run: bool) -> Response:
    """A line for each line: its number, what became of it, and what would have fitted. Never what stands there."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("line", "status", "detail"))
    writer.writerows((each.line, each.status.value, each.detail or "") for each in reports)
    name = f"report-{page.id}{'-dry-run' if is_dry_run else ''}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text.getvalue(), mimetype="text/csv", headers=headers)


def _show(parts: ConsoleParts, problem: str = "", report: Report | None = None) -> str:
    with parts.database.reading() as connection:
        pages = pages_of(connection, Permission.HANDLE_REQUESTS)
    chosen = request.form.get("page", type=int)
    return render_template(
        "suppressions.html", pages=pages, chosen=chosen, problem=problem, report=report, words=_WORDS
    )
