"""Puts the desk's routes together."""

from datetime import datetime, timedelta

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from botapp.console.compliance import (
    as_of,
    bundles,
    contacts,
    entry_pages,
    exports,
    overview,
    requests,
    searching,
    settings,
)
from botapp.console.compliance.desk import Desk, ProblemError
from botapp.console.compliance.words import reason_in_words
from botapp.console.parts import ConsoleParts
from botapp.console.sections import Section
from botapp.policy.access import Permission

_ROUTES = (overview, searching, contacts, as_of, entry_pages, exports, bundles, requests, settings)


def create_blueprint(parts: ConsoleParts) -> Blueprint:
    """The compliance desk."""
    blueprint = Blueprint("compliance", __name__, url_prefix="/compliance", template_folder="pages")
    desk = Desk(parts.database, parts.clock, parts.exporter, parts.house)
    for part in _ROUTES:
        part.add_routes(blueprint, desk)
    blueprint.add_app_template_filter(_instant, "instant")
    blueprint.add_app_template_filter(_span, "span")
    blueprint.add_app_template_filter(_short, "short")
    blueprint.add_app_template_filter(reason_in_words, "reason_in_words")
    blueprint.register_error_handler(ProblemError, _show_problem)
    return blueprint


def _instant(at: datetime) -> str:
    """To the second, as everywhere on the desk in UTC."""
    return f"{at:%Y-%m-%d %H:%M:%S}"


def _span(span: timedelta) -> str:
    """In the two largest units that it has."""
    seconds = round(span.total_seconds())
    if seconds < 1:
        return "less than a second"
    sizes = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))
    parts = []
    for name, size in sizes:
        number, seconds = divmod(seconds, size)
        parts += [f"{number} {name}{'s' if number != 1 else ''}"] if number else []
    return " ".join(parts[:2])


def _short(number: int) -> str:
    """The last digits of one of our numbers: enough to tell a few people apart."""
    return f"…{number % 1_000_000:06d}"


def _show_problem(problem: ProblemError) -> ResponseReturnValue:
    return render_template("desk_problem.html", problem=str(problem)), problem.status


SECTION = Section(
    title="Compliance",
    endpoint="compliance.overview",
    permission=Permission.READ_LOG,
    create_blueprint=create_blueprint,
    about="What happened, why everything else did not, and the proof that nobody has changed it since.",
)
