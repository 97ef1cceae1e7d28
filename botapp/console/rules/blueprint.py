"""Puts the routes of the rules together."""

from flask import Blueprint

from botapp.campaign.rules import RULES
from botapp.console.parts import ConsoleParts
from botapp.console.rules import guard_page, listing, pasting, writing
from botapp.console.rules.shown import DONE
from botapp.console.rules.version import show_version
from botapp.console.sections import Section, section_blueprint
from botapp.console.staged.routes import StagedPages
from botapp.policy.access import Permission


def create_blueprint(parts: ConsoleParts) -> Blueprint:
    """The rules. Whoever may read campaigns may read them."""
    blueprint = section_blueprint("rules", parts, listing, writing, pasting, guard_page)
    StagedPages(parts, RULES, DONE, show_version).add_routes(blueprint)
    return blueprint


SECTION = Section(
    title="Rules",
    endpoint="rules.listing",
    permission=Permission.READ_CAMPAIGNS,
    create_blueprint=create_blueprint,
    about="Who gets the one message, when, and how many: see whom a rule reaches, and what became of it.",
)
