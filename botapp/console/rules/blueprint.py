"""Puts the routes of the rules together."""

from flask import Blueprint

from botapp.console.parts import ConsoleParts
from botapp.console.rules import guard_page, listing, pasting, steps, version, writing
from botapp.console.sections import Section
from botapp.policy.access import Permission


def create_blueprint(parts: ConsoleParts) -> Blueprint:
    """The rules. Whoever may read campaigns may read them."""
    blueprint = Blueprint("rules", __name__, url_prefix="/rules", template_folder="pages")
    for part in (listing, writing, pasting, version, steps, guard_page):
        part.add_routes(blueprint, parts)
    return blueprint


SECTION = Section(
    title="Rules",
    endpoint="rules.listing",
    permission=Permission.READ_CAMPAIGNS,
    create_blueprint=create_blueprint,
    about="Who gets the one message, when, and how many: see whom a rule reaches, and what became of it.",
)
