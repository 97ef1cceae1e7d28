"""Puts the routes of the templates together."""

from flask import Blueprint

from botapp.console.parts import ConsoleParts
from botapp.console.sections import Section
from botapp.console.templates import listing, steps, trying, version, writing
from botapp.policy.access import Permission


def create_blueprint(parts: ConsoleParts) -> Blueprint:
    """The templates. Whoever may read campaigns may read them."""
    blueprint = Blueprint("templates", __name__, url_prefix="/templates", template_folder="pages")
    for part in (listing, writing, version, steps, trying):
        part.add_routes(blueprint, parts)
    return blueprint


SECTION = Section(
    title="Templates",
    endpoint="templates.listing",
    permission=Permission.READ_CAMPAIGNS,
    create_blueprint=create_blueprint,
    about="What the one message says: write it, see it as customers will, have another person approve it.",
)
