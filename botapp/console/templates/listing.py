"""The templates of each page, with how far their versions have come."""

from flask import Blueprint, render_template

from botapp.console.access import requires
from botapp.console.parts import ConsoleParts
from botapp.console.staged.seen import see_all
from botapp.console.templates.shown import STAGES
from botapp.policy.access import Permission
from botapp.storage.template_stages import TEMPLATE_VERSIONS


def add_routes(blueprint: Blueprint, parts: ConsoleParts) -> None:
    """The list."""

    @blueprint.get("/")
    @requires(Permission.READ_CAMPAIGNS)
    def listing() -> str:
        with parts.database.reading() as connection:
            pages = see_all(connection, TEMPLATE_VERSIONS)
        staged = [each for by_name in pages.values() for _, versions in by_name for each in versions]
        pills = {each.key: STAGES[each.standing.stage] for each in staged}
        return render_template("templates.html", pages=pages, pills=pills, noun="template")
