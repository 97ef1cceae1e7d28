"""Puts the routes of the rules together."""

from flask import Blueprint

from botapp.campaign.rules import RULES
from botapp.console.parts import ConsoleParts
from botapp.console.rules import guard_page, listing, pasting, writing
from botapp.console.rules.shown import DONE
from botapp.console.rules.version import show_version
from botapp.console.sections import Section
from botapp.console.staged.routes import StagedPages
from botapp.policy.access import Permission


def create_blueprint(parts: ConsoleParts) -> Blueprint:
    """The rules. Whoever may read campaigns may read them."""
    blueprint = Blueprint("rules", __name__, url_prefix="/rules", template_folder="pages")
    for part in (listing, writing, pasting, guard_page):
        part.add_routes(blueprint, parts)
    StagedPages(parts, RULES, DONE, show_version).add_routes(blueprint)
    return blueprint


SECTION = Section(
    title="Rules",
    endpoint="rules.listing",
    permission=Permission.READ_CAMPAIGNS,
    create_blueprint=create_blueprint,
    about="Who gets the one message, when, and how many: see whom a rule reaches, and what became of it.",
)
