"""Puts the pages of webhooks together: the list with what admins do with each, and the form that adds one."""

from flask import Blueprint

from botapp.console.parts import ConsoleParts
from botapp.console.sections import Section, section_blueprint
from botapp.console.webhooks import adding, changing
from botapp.policy.access import Permission


def create_blueprint(parts: ConsoleParts) -> Blueprint:
    """The pages, for admins of theirs."""
    return section_blueprint("webhooks", parts, changing, adding)


SECTION = Section(
    title="Webhooks",
    endpoint="webhooks.show",
    permission=Permission.MANAGE_WEBHOOKS,
    create_blueprint=create_blueprint,
    about="Which other systems are told of sends, replies and stops, and whether they were.",
)
