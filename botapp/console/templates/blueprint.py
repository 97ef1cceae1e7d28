"""Puts the routes of the templates together."""

from flask import Blueprint

from botapp.campaign.templates import TEMPLATES
from botapp.console.parts import ConsoleParts
from botapp.console.sections import Section, section_blueprint
from botapp.console.staged.routes import StagedPages
from botapp.console.templates import listing, trying, writing
from botapp.console.templates.shown import DONE
from botapp.console.templates.version import show_version
from botapp.policy.access import Permission


def create_blueprint(parts: ConsoleParts) -> Blueprint:
    """The templates. Whoever may read campaigns may read them."""
    blueprint = section_blueprint("templates", parts, listing, writing, trying)
    StagedPages(parts, TEMPLATES, DONE, show_version).add_routes(blueprint)
    return blueprint


SECTION = Section(
    title="Templates",
    endpoint="templates.listing",
    permission=Permission.READ_CAMPAIGNS,
    create_blueprint=create_blueprint,
    about="What the one message says: write it, see it as customers will, have another person approve it.",
)
