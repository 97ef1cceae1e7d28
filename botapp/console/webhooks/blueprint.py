"""Puts the pages of webhooks together: the list with what admins do with each, and the form that adds one."""

from flask import Blueprint

from botapp.console.parts import ConsoleParts
from botapp.console.sections import Section
from botapp.console.webhooks import adding, changing
from botapp.policy.access import Permission


def create_blueprint(parts: ConsoleParts) -> Blueprint:
    """The pages, for admins of theirs."""
    blueprint = Blueprint("webhooks", __name__, url_prefix="/webhooks", template_folder="pages")
    for part in (changing, adding):
        part.add_routes(blueprint, parts)
    return blueprint


SECTION = Section(
    title="Webhooks",
    endpoint="webhooks.show",
    permission=Permission.MANAGE_WEBHOOKS,
    create_blueprint=create_blueprint,
    about="Which other systems are told of sends, replies and stops, and whether they were.",
)
