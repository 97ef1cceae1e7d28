"""Staff administration, for admins of all pages."""

from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from botapp.console.access import current_staff, requires
from botapp.console.parts import ConsoleParts
from botapp.console.routes import blueprint_of
from botapp.console.sections import Section
from botapp.policy.access import ALL_PAGES, Grant, Permission, Role
from botapp.staff.members import INVITATION_LASTS, Problem
from botapp.storage import accounts, staff
from botapp.storage.staff import StaffMember

_needs_admin = requires(Permission.MANAGE_STAFF, everywhere=True)


def create_blueprint(parts: ConsoleParts) -> Blueprint:
    """/staff."""
    pages = _StaffPages(parts)
    return blueprint_of(
        "staff",
        ("GET", "/staff", pages.show),
        ("POST", "/staff", pages.add),
        ("GET", "/staff/<int:staff_id>", pages.show_member),
        ("POST", "/staff/<int:staff_id>/grants", pages.change_grants),
        ("POST", "/staff/<int:staff_id>/invite", pages.invite),
        ("POST", "/staff/<int:staff_id>/reset", pages.reset),
        ("POST", "/staff/<int:staff_id>/revoke", pages.revoke),
        ("POST", "/staff/<int:staff_id>/restore", pages.restore),
        ("POST", "/staff/<int:staff_id>/sessions/<int:session_id>/end", pages.end_session),
    )


@dataclass(frozen=True, slots=True)
class _StaffPages:
    parts: ConsoleParts

    @_needs_admin
    def show(self) -> str:
        return self._list()

    @_needs_admin
    def add(self) -> ResponseReturnValue:
        form = request.form
        grant = self._read_grant(form.get("page", ""), form.get("role", ""))
        added = self.parts.members.add(
            form.get("name", ""), form.get("display_name", ""), {grant}, by=current_staff().id
        )
        if isinstance(added, Problem):
            return self._list(added.value), 422
        return self._show_link(added, self.parts.members.invite(added, by=current_staff().id))

    @_needs_admin
    def show_member(self, staff_id: int) -> str:
        return self._member_page(self._load(staff_id))

    @_needs_admin
    def change_grants(self, staff_id: int) -> ResponseReturnValue:
        kept = {self._read_grant(*value.split(":", 1)) for value in request.form.getlist("grant") if ":" in value}
        if request.form.get("role"):
            kept.add(self._read_grant(request.form.get("page", ""), request.form["role"]))
        problem = self.parts.members.change_grants(self._load(staff_id).id, kept, by=current_staff().id)
        return self._back(staff_id, problem, "Their roles are changed. They have to log in again.")

    @_needs_admin
    def invite(self, staff_id: int) -> ResponseReturnValue:
        return self._show_link(staff_id, self.parts.members.invite(self._load(staff_id).id, by=current_staff().id))

    @_needs_admin
    def reset(self, staff_id: int) -> ResponseReturnValue:
        return self._show_link(staff_id, self.parts.members.reset(self._load(staff_id).id, by=current_staff().id))

    @_needs_admin
    def revoke(self, staff_id: int) -> ResponseReturnValue:
        problem = self.parts.members.revoke(self._load(staff_id).id, by=current_staff().id)
        return self._back(staff_id, problem, "They have no access any more.")

    @_needs_admin
    def restore(self, staff_id: int) -> ResponseReturnValue:
        self.parts.members.restore(self._load(staff_id).id, by=current_staff().id)
        return self._back(staff_id, None, "They have access again.")

    @_needs_admin
    def end_session(self, staff_id: int, session_id: int) -> ResponseReturnValue:
        if not self.parts.sessions.revoke(staff_id, session_id, by=current_staff().id):
            abort(404)
        return self._back(staff_id, None, "That session has ended.")

    def _list(self, error: str | None = None) -> str:
        with self.parts.database.reading() as connection:
            everybody, pages = staff.load_all(connection), accounts.load_all(connection)
        names = {page.id: page.name for page in pages} | {ALL_PAGES: "all pages"}
        return render_template("staff.html", everybody=everybody, pages=names, roles=list(Role), error=error)

    def _member_page(self, member: StaffMember, **facts: object) -> str:
        with self.parts.database.reading() as connection:
            names = {page.id: page.name for page in accounts.load_all(connection)} | {ALL_PAGES: "all pages"}
        living = self.parts.sessions.load_living(member.id)
        return render_template(
            "staff_member.html", member=member, pages=names, roles=list(Role), living=living, **facts
        )

    def _load(self, staff_id: int) -> StaffMember:
        with self.parts.database.reading() as connection:
            return staff.find(connection, staff_id) or abort(404)

    def _read_grant(self, page: str, role: str) -> Grant:
        """As the form has it; 400 for what it does not offer."""
        with self.parts.database.reading() as connection:
            known = {str(page.id) for page in accounts.load_all(connection)} | {str(ALL_PAGES)}
        if page not in known or role not in set(Role):
            abort(400)
        return Grant(int(page), Role(role))

    def _show_link(self, staff_id: int, token: str | Problem) -> ResponseReturnValue:
        if isinstance(token, Problem):
            return self._member_page(self._load(staff_id), error=token.value), 422
        link = f"{self.parts.public_url}{url_for('invitation.show', token=token)}"
        return self._member_page(self._load(staff_id), link=link, link_days=INVITATION_LASTS.days)

    def _back(self, staff_id: int, problem: Problem | None, done: str) -> tuple[str, int] | Response:
        if problem:
            return self._member_page(self._load(staff_id), error=problem.value), 422
        flash(done)
        return redirect(url_for("staff.show_member", staff_id=staff_id))


SECTION = Section(
    title="Staff",
    endpoint="staff.show",
    permission=Permission.MANAGE_STAFF,
    create_blueprint=create_blueprint,
    everywhere=True,
    about="Who works here, with which roles, on which pages.",
)
