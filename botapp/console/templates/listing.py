"""The templates of each page, with how far their versions have come."""

from itertools import groupby

from flask import Blueprint, render_template

from botapp.console.access import reach_of, requires
from botapp.console.parts import ConsoleParts
from botapp.console.templates.shown import STAGES
from botapp.policy.access import Permission
from botapp.storage import accounts, template_stages


def add_routes(blueprint: Blueprint, parts: ConsoleParts) -> None:
    """The list."""

    @blueprint.get("/")
    @requires(Permission.READ_CAMPAIGNS)
    def listing() -> str:
        reach = reach_of(Permission.READ_CAMPAIGNS)
        with parts.database.reading() as connection:
            pages = [page for page in accounts.load_all(connection) if page.id in reach]
            found = {page.id: template_stages.load_of_page(connection, page.id) for page in pages}
        by_name = {page: [(n, list(v)) for n, v in groupby(each, lambda t: t.key.name)] for page, each in found.items()}
        return render_template("templates.html", pages=pages, by_name=by_name, stages=STAGES)
