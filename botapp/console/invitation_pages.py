"""The page behind an invitation: choose a password, or step into the sandbox's console once."""

from dataclasses import dataclass

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from botapp.console import visits
from botapp.console.access import for_anybody
from botapp.console.parts import ConsoleParts
from botapp.console.routes import blueprint_of
from botapp.staff.log_in import Refused
from botapp.staff.passwords import problem_with
from botapp.storage.staff_invitations import Purpose

_PAGE = "welcome.html"


def create_blueprint(parts: ConsoleParts) -> Blueprint:
    """/welcome/<token>. Opening it uses nothing up: programs that look into messages open links, too."""
    pages = _InvitationPages(parts)
    return blueprint_of(
        "invitation",
        ("GET", "/welcome/<token>", pages.show),
        ("POST", "/welcome/<token>", pages.accept),
    )


@dataclass(frozen=True, slots=True)
class _InvitationPages:
    parts: ConsoleParts

    @for_anybody
    def show(self, token: str) -> ResponseReturnValue:
        found = self.parts.log_in.find_invited(token)
        if found is None:
            return render_template(_PAGE, member=None), 404
        return render_template(_PAGE, member=found[0], asks_password=found[1] is Purpose.INVITATION)

    @for_anybody
    def accept(self, token: str) -> ResponseReturnValue:
        found = self.parts.log_in.find_invited(token)
        if found is None:
            return render_template(_PAGE, member=None), 404
        member, purpose = found
        if purpose is Purpose.LOG_IN:
            answer = self.parts.log_in.with_one_time_link(token, visits.client())
        else:
            password = request.form.get("password", "")
            problem = problem_with(password, member.name)
            if password != request.form.get("repeated", ""):
                problem = "The two passwords are not the same."
            if problem:
                return render_template(_PAGE, member=member, asks_password=True, error=problem), 422
            answer = self.parts.log_in.with_invitation(token, password, visits.client())
        if isinstance(answer, Refused):
            return render_template(_PAGE, member=None), 404
        return visits.go_on(answer, member.name)
