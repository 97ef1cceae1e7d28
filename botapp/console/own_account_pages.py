"""A member's own account: password, second factor, sessions."""

from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from botapp.console import enrolment, visits
from botapp.console.access import current_staff, for_every_staff_member
from botapp.console.parts import ConsoleParts
from botapp.console.routes import blueprint_of
from botapp.policy.access import needs_second_factor
from botapp.staff.passwords import problem_with
from botapp.staff.sessions import Visit
from botapp.storage import staff

_NOT_YOU = "That is not your password. If you have none, log out, log in and try again."


def create_blueprint(parts: ConsoleParts) -> Blueprint:
    """/account."""
    pages = _OwnAccountPages(parts)
    return blueprint_of(
        "own_account",
        ("GET", "/account", pages.show),
        ("POST", "/account/password", pages.change_password),
        ("POST", "/account/second-factor/begin", pages.begin_enrolment),
        ("GET", "/account/second-factor", pages.show_enrolment),
        ("POST", "/account/second-factor", pages.submit_enrolment),
        ("POST", "/account/sessions/<int:session_id>/end", pages.end_session),
    )


@dataclass(frozen=True, slots=True)
class _OwnAccountPages:
    parts: ConsoleParts

    @for_every_staff_member
    def show(self) -> str:
        return self._page()

    @for_every_staff_member
    def change_password(self) -> ResponseReturnValue:
        member, chosen = current_staff(), request.form.get("chosen", "")
        problem = problem_with(chosen, member.name)
        if chosen != request.form.get("repeated", ""):
            problem = "The two new passwords are not the same."
        if problem is None and not self._is_really_them():
            problem = _NOT_YOU
        if problem:
            return self._page(problem), 422
        self.parts.log_in.change_password(member, chosen)
        visits.enter(self.parts.sessions.renew(_visit()))
        flash("Your password is changed. All your other sessions have ended.")
        return redirect(url_for("own_account.show"))

    @for_every_staff_member
    def begin_enrolment(self) -> ResponseReturnValue:
        if not self._is_really_them():
            return self._page(_NOT_YOU), 422
        enrolment.propose_anew(self.parts.vault)
        return redirect(url_for("own_account.show_enrolment"))

    @for_every_staff_member
    def show_enrolment(self) -> ResponseReturnValue:
        if not enrolment.is_proposed():
            return redirect(url_for("own_account.show"))
        return enrolment.show(self.parts.vault, current_staff(), is_first=False)

    @for_every_staff_member
    def submit_enrolment(self) -> ResponseReturnValue:
        if not enrolment.is_proposed():
            return redirect(url_for("own_account.show"))
        member = current_staff()
        codes = enrolment.prove(self.parts, member)
        if codes is None:
            return enrolment.show(self.parts.vault, member, is_first=False, failed=True)
        visits.enter(self.parts.sessions.renew(_visit()))
        return enrolment.show_recovery_codes(codes, member.name, onward=url_for("own_account.show"))

    @for_every_staff_member
    def end_session(self, session_id: int) -> ResponseReturnValue:
        member = current_staff()
        if not self.parts.sessions.revoke(member.id, session_id, by=member.id):
            abort(404)
        flash("That session has ended.")
        return redirect(url_for("own_account.show"))

    def _page(self, error: str | None = None) -> str:
        member = current_staff()
        with self.parts.database.reading() as connection:
            codes = staff.count_recovery_codes(connection, member.id)
        return render_template(
            "own_account.html",
            member=member,
            living=self.parts.sessions.load_living(member.id),
            own_session_id=_visit().session.id,
            recovery_codes=codes,
            must_have_second_factor=needs_second_factor(member.grants),
            error=error,
        )

    def _is_really_them(self) -> bool:
        visit, given = _visit(), request.form.get("password", "")
        return self.parts.log_in.is_really(visit, given, visits.origin(visit.member.name))


def _visit() -> Visit:
    visit = visits.current_visit()
    if visit is None:
        abort(403)
    return visit
