"""The rules of each page, with how far their versions have come."""

from itertools import groupby

from flask import Blueprint, render_template

from botapp.console.access import reach_of, requires
from botapp.console.parts import ConsoleParts
from botapp.console.rules.shown import pill_of
from botapp.policy.access import Permission
from botapp.storage import accounts, guards, rule_stages


def add_routes(blueprint: Blueprint, parts: ConsoleParts) -> None:
    """The list."""

    @blueprint.get("/")
    @requires(Permission.READ_CAMPAIGNS)
    def listing() -> str:
        reach = reach_of(Permission.READ_CAMPAIGNS)
        with parts.database.reading() as connection:
            now = parts.database.now(connection)
            pages = [page for page in accounts.load_all(connection) if page.id in reach]
            found = {page.id: rule_stages.load_of_page(connection, page.id) for page in pages}
            paused = {page.id: guards.load_paused(connection, page.id) for page in pages}
        by_name = {
            page: [(name, list(versions)) for name, versions in groupby(staged, lambda each: each.key.name)]
            for page, staged in found.items()
        }
        pills = {each.key: pill_of(each, paused[page], now) for page, staged in found.items() for each in staged}
        return render_template("rules.html", pages=pages, by_name=by_name, pills=pills)
