"""Puts the page of suppression lists together."""

from flask import Blueprint

from botapp.console.parts import ConsoleParts
from botapp.console.sections import Section, section_blueprint
from botapp.console.suppressions import giving, taking
from botapp.policy.access import Permission


def create_blueprint(parts: ConsoleParts) -> Blueprint:
    """The page. What a list adds only the customer can take back, so it is for those who handle their requests."""
    return section_blueprint("suppressions", parts, taking, giving)


SECTION = Section(
    title="Suppressions",
    endpoint="suppressions.show",
    permission=Permission.HANDLE_REQUESTS,
    create_blueprint=create_blueprint,
    about="Lists of people who do not want to hear from a page, in and out as CSV. A list only ever adds a no.",
)
