"""Log-in with a name, a password and a second factor; log-out."""

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from botapp.console import enrolment, visits
from botapp.console.access import find_staff, for_anybody, for_every_staff_member
from botapp.console.parts import ConsoleParts
from botapp.console.refusals import show_refusal
from botapp.console.routes import blueprint_of
from botapp.staff.log_in import Refused
from botapp.staff.sessions import Visit
from botapp.storage.staff_sessions import Stage


def create_blueprint(parts: ConsoleParts) -> Blueprint:
    """/log-in, its two possible second steps, and /log-out."""
    pages = _LogInPages(parts)
    return blueprint_of(
        "log_in",
        ("GET", "/log-in", pages.show),
        ("POST", "/log-in", pages.submit),
        ("GET", "/log-in/code", pages.show_code),
        ("POST", "/log-in/code", pages.submit_code),
        ("GET", "/log-in/second-factor", pages.show_enrolment),
        ("POST", "/log-in/second-factor", pages.submit_enrolment),
        ("POST", "/log-out", pages.log_out),
    )


@dataclass(frozen=True, slots=True)
class _LogInPages:
    parts: ConsoleParts

    @for_anybody
    def show(self) -> ResponseReturnValue:
        if find_staff():
            return redirect(url_for("home.show"))
        visits.remember_next(request.args.get("next"))
        return render_template("log_in.html", sign_on=self.parts.sign_on)

    @for_anybody
    def submit(self) -> ResponseReturnValue:
        name = request.form.get("name", "").strip().lower()
        answer = self.parts.log_in.with_password(name, request.form.get("password", ""), visits.origin(name))
        if isinstance(answer, Refused):
            words = "That name and password do not belong together."
            return show_refusal(
                "log_in.html", answer, words, self.parts.clock.now(), name=name, sign_on=self.parts.sign_on
            )
        return visits.go_on(answer, name)

    @for_anybody
    def show_code(self) -> ResponseReturnValue:
        return render_template("log_in_code.html") if _half_way(Stage.SECOND_FACTOR) else _begin_again()

    @for_anybody
    def submit_code(self) -> ResponseReturnValue:
        visit = _half_way(Stage.SECOND_FACTOR)
        if visit is None:
            return _begin_again()
        answer = self.parts.log_in.with_code(visit, request.form.get("code", ""), visits.client())
        if isinstance(answer, Refused):
            words = "That code is not right, or was used already. Please wait for the next one."
            return show_refusal("log_in_code.html", answer, words, self.parts.clock.now())
        return visits.go_on(answer, visit.member.name)

    @for_anybody
    def show_enrolment(self) -> ResponseReturnValue:
        visit = _half_way(Stage.ENROLMENT)
        return enrolment.show(self.parts.vault, visit.member, is_first=True) if visit else _begin_again()

    @for_anybody
    def submit_enrolment(self) -> ResponseReturnValue:
        visit = _half_way(Stage.ENROLMENT)
        if visit is None:
            return _begin_again()
        codes = enrolment.prove(self.parts, visit.member)
        if codes is None:
            return enrolment.show(self.parts.vault, visit.member, is_first=True, failed=True)
        wanted = session.get("next")
        opened = self.parts.log_in.after_enrolment(visit, visits.client())
        if isinstance(opened, Refused):
            return _begin_again()
        visits.enter(opened.token)
        onward = f"{request.script_root}{wanted}" if wanted else url_for("home.show")
        return enrolment.show_recovery_codes(codes, visit.member.name, onward=onward)

    @for_every_staff_member
    def log_out(self) -> Response:
        visit = visits.current_visit()
        if visit:
            self.parts.sessions.log_out(visit)
        visits.leave()
        return redirect(url_for("log_in.show"))


def _half_way(stage: Stage) -> Visit | None:
    visit = visits.current_visit()
    return visit if visit and visit.session.stage is stage else None


def _begin_again() -> Response:
    """The half session lapsed, or there was none."""
    return redirect(url_for("log_in.show"))
