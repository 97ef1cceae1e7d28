"""Puts the inbox's routes together."""

from flask import Blueprint

from botapp.console.inbox import canned, conversation, queue, steps
from botapp.console.inbox.shown import age, clock_time, name_of
from botapp.console.parts import ConsoleParts
from botapp.console.sections import Section, section_blueprint
from botapp.policy.access import Permission


def create_blueprint(parts: ConsoleParts) -> Blueprint:
    """The inbox. Whoever may read the log may read it; to answer takes the permission to operate."""
    blueprint = section_blueprint("inbox", parts, queue, conversation, steps, canned)
    blueprint.add_app_template_filter(age, "age")
    blueprint.add_app_template_filter(clock_time, "clock_time")
    blueprint.add_app_template_filter(name_of, "name_of")
    return blueprint


SECTION = Section(
    title="Inbox",
    endpoint="inbox.queue",
    permission=Permission.READ_LOG,
    create_blueprint=create_blueprint,
    about="Customers who want a person: who waits, since when, and the conversation to answer in.",
)
