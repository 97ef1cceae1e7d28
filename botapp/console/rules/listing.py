"""The rules of each page, with how far their versions have come."""

from flask import Blueprint, render_template

from botapp.console.access import requires
from botapp.console.parts import ConsoleParts
from botapp.console.rules.shown import pill_of
from botapp.console.staged.seen import see_all
from botapp.policy.access import Permission
from botapp.storage import guards
from botapp.storage.rule_stages import RULE_VERSIONS


def add_routes(blueprint: Blueprint, parts: ConsoleParts) -> None:
    """The list."""

    @blueprint.get("/")
    @requires(Permission.READ_CAMPAIGNS)
    def listing() -> str:
        with parts.database.reading() as connection:
            now, pages = parts.database.now(connection), see_all(connection, RULE_VERSIONS)
            paused = {page.id: guards.load_paused(connection, page.id) for page in pages}
        staged = [each for by_name in pages.values() for _, versions in by_name for each in versions]
        pills = {each.key: pill_of(each, paused[each.key.account_id], now) for each in staged}
        return render_template("rules.html", pages=pages, pills=pills, noun="rule")
