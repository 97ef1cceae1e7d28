"""The first page after the log-in: the parts that are open to this member."""

from collections.abc import Sequence

from flask import Blueprint, render_template

from botapp.console.access import for_every_staff_member
from botapp.console.sections import Section


def create_blueprint(sections: Sequence[Section]) -> Blueprint:
    """/."""
    blueprint = Blueprint("home", __name__)

    @blueprint.get("/")
    @for_every_staff_member
    def show() -> str:
        return render_template("home.html", described=[section for section in sections if section.is_open()])

    return blueprint
