"""Puts the routes of the overview together."""

from flask import Blueprint

from botapp.console.campaigns import changes, downloads, live, overview, page, why
from botapp.console.parts import ConsoleParts
from botapp.console.sections import Section, section_blueprint
from botapp.policy.access import Permission
from botapp.policy.experiments.intervals import Estimate
from botapp.storage.times import to_microseconds


def create_blueprint(parts: ConsoleParts) -> Blueprint:
    """The overview. Whoever may read campaigns may read what they do."""
    blueprint = section_blueprint("campaigns", parts, overview, page, changes, why, downloads, live)
    blueprint.add_app_template_filter(_percent, "percent")
    blueprint.add_app_template_filter(to_microseconds, "microseconds")
    return blueprint


def _percent(estimate: Estimate | None) -> str:
    """A rate with its interval."""
    if estimate is None:
        return "not known yet"
    return f"{estimate.value:.1%} ({estimate.low:.1%} to {estimate.high:.1%})"


SECTION = Section(
    title="Overview",
    endpoint="campaigns.overview",
    permission=Permission.READ_CAMPAIGNS,
    create_blueprint=create_blueprint,
    about="What the one message does: how many get it, who answers, what it costs, and why everybody else gets none.",
)
