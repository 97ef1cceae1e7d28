"""The exports' page, and lists of what a search finds. Each is on record before it begins."""

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from botapp.compliance.export_record import Export
from botapp.compliance.listing import ListForm, found_entries, write_list
from botapp.console.access import current_staff, may, reach_of, requires
from botapp.console.compliance.desk import Desk, visible_pages
from botapp.console.compliance.form import Search
from botapp.console.compliance.shown import show
from botapp.console.compliance.words import KINDS, REASONS
from botapp.policy.access import Permission
from botapp.storage import entries, tree
from botapp.storage.ledger import EntryKind
from botapp.storage.tally import Filter
from botapp.storage.times import to_microseconds

_LISTED = 20
_TYPES = {ListForm.CSV: "text/csv", ListForm.NDJSON: "application/x-ndjson"}


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """The exports' page and the list."""

    @blueprint.get("/exports")
    @requires(Permission.EXPORT_LOG)
    def exports() -> str:
        return _page(desk)

    @blueprint.post("/exports/list")
    @requires(Permission.EXPORT_LOG)
    def export_list() -> ResponseReturnValue:
        form, typed = request.form.get("form", ""), Search.of(request.form)
        if form not in set(ListForm):
            abort(400)
        with desk.database.reading() as connection:
            wanted = typed.filter(visible_pages(connection, Permission.EXPORT_LOG).account_ids)
            below = tree.load_size(connection)
        return _list(desk, wanted, below, ListForm(form))


def _page(desk: Desk) -> str:
    with desk.database.reading() as connection:
        everywhere = reach_of(Permission.READ_LOG).everywhere
        kinds = [EntryKind.EXPORT_BEGUN, EntryKind.EXPORT_ENDED]
        earlier = entries.entries_of(connection, (0, 0), None, _LISTED, kinds=kinds) if everywhere else []
        return render_template(
            "desk_exports.html",
            pages=visible_pages(connection, Permission.EXPORT_LOG),
            typed=Search.of(request.values),
            kinds=KINDS,
            reasons=REASONS,
            takes_all=may(Permission.EXPORT_LOG) and reach_of(Permission.EXPORT_LOG).everywhere,
            earlier=[show(entry) for entry in earlier],
        )


def _list(desk: Desk, wanted: Filter, below: int, form: ListForm) -> Response:
    export = Export(desk.database, current_staff().id, {"form": form.value, **_described(wanted)})
    export.begin()

    def parts() -> Iterator[bytes]:
        with export.until_its_end():
            for count, part in write_list(found_entries(desk.database, wanted, below), form):
                export.entries += count
                yield part

    headers = {"Content-Disposition": f'attachment; filename="botapp-log.{form}"'}
    return Response(parts(), mimetype=_TYPES[form], headers=headers)


def _described(wanted: Filter) -> dict[str, Any]:
    """The search in the terms of the log: kinds, reasons, numbers and instants."""
    described: dict[str, Any] = {"kinds": list(wanted.kinds), "reasons": [r for r in wanted.reasons if r in REASONS]}
    if wanted.account_ids is not None:
        described["accounts"] = sorted(wanted.account_ids)
    for name, at in (("since", wanted.since), ("until", wanted.until)):
        if at is not None:
            described[name] = to_microseconds(at)
    return {name: value for name, value in described.items() if value != []}
