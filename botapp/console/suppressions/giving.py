"""The noes of a page in force, as a list that can be taken in elsewhere. On record before the first byte leaves."""

from collections.abc import Iterator

from flask import Blueprint, Response

from botapp.compliance.export_record import Export
from botapp.compliance.suppression_export import write_noes
from botapp.console.access import current_staff, requires
from botapp.console.pages_named import chosen_page
from botapp.console.parts import ConsoleParts
from botapp.policy.access import Permission


def add_routes(blueprint: Blueprint, parts: ConsoleParts) -> None:
    """The download; by POST, since each leaves an entry on the log."""

    @blueprint.post("/export")
    @requires(Permission.HANDLE_REQUESTS)
    def give() -> Response:
        page = chosen_page(parts, Permission.HANDLE_REQUESTS)
        export = Export(parts.database, current_staff().id, {"form": "suppressions", "accounts": [page.id]})
        export.begin()

        def portions() -> Iterator[bytes]:
            with export.until_its_end():
                for number, portion in write_noes(parts.database, page.id):
                    export.entries += number
                    yield portion

        headers = {"Content-Disposition": f'attachment; filename="suppressions-{page.id}.csv"'}
        return Response(portions(), mimetype="text/csv", headers=headers)
