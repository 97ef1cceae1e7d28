"""Puts the routes of forecasts and backtests together."""

from flask import Blueprint

from botapp.console.parts import ConsoleParts
from botapp.console.runs import asking, reading
from botapp.console.sections import Section, section_blueprint
from botapp.policy.access import Permission


def create_blueprint(parts: ConsoleParts) -> Blueprint:
    """Whoever may read campaigns may read them; whoever writes campaigns asks for them."""
    return section_blueprint("runs", parts, asking, reading)


SECTION = Section(
    title="Forecasts",
    endpoint="runs.listing",
    permission=Permission.READ_CAMPAIGNS,
    create_blueprint=create_blueprint,
    about="Before a rule goes live: what it would make of the windows open now, and of the history on record.",
)
