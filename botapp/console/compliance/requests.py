"""The worklist of customers' requests about their data, with the law's clock."""

from collections.abc import Sequence
from datetime import datetime

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from botapp.compliance.handle_request import close, name_person
from botapp.console.access import current_staff, reach_of, requires
from botapp.console.compliance.desk import Desk, ProblemError, visible_pages
from botapp.console.compliance.form import read_instant, read_number
from botapp.policy.access import Permission
from botapp.storage import contacts, privacy_requests
from botapp.storage.privacy_requests import DONE, NOBODY_KNOWN, Place, PrivacyRequest

PAGE_SIZE = 50
_LISTS = {"open": privacy_requests.list_open, "all": privacy_requests.list_all}


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """The list, and what may be done about a request."""

    @blueprint.get("/requests", endpoint="requests")
    @requires(Permission.READ_LOG)
    def show_requests() -> str:
        which = request.args.get("which", "open")
        listed = _LISTS.get(which) or abort(404)
        with desk.database.reading() as connection:
            found = listed(connection, PAGE_SIZE + 1, _place())
            pages = visible_pages(connection)
            now = desk.database.now(connection)
        more = found[PAGE_SIZE - 1] if len(found) > PAGE_SIZE else None
        return render_template(
            "desk_requests.html",
            which=which,
            found=_visible(found[:PAGE_SIZE]),
            pages=pages,
            now=now,
            following=_following(more, which) if more else None,
            handles_all=reach_of(Permission.HANDLE_REQUESTS).everywhere,
        )

    @blueprint.post("/requests/<code>/person")
    @requires(Permission.HANDLE_REQUESTS, everywhere=True)
    def name_person_of_request(code: str) -> ResponseReturnValue:
        account_id = read_number(request.form.get("page", ""), "page")
        with desk.database.reading() as connection:
            person = contacts.find_by_platform_id(connection, account_id, request.form.get("person", "").strip())
        if person is None:
            raise ProblemError("Nobody is known to this page by this id.", 404)
        if not name_person(desk.database, code, (person.account_id, person.id), current_staff().id):
            raise ProblemError("This request is closed already.", 409)
        flash("Noted. Their data are erased within a minute while the ticker runs.")
        return redirect(url_for("compliance.requests"), 303)

    @blueprint.post("/requests/<code>/close")
    @requires(Permission.HANDLE_REQUESTS, everywhere=True)
    def close_request(code: str) -> ResponseReturnValue:
        state = request.form.get("state", "")
        if state not in (DONE, NOBODY_KNOWN):
            abort(400)
        if not close(desk.database, code, state, current_staff().id):
            raise ProblemError("It is closed already, or a deletion: that is done when the data are erased.", 409)
        flash("The request is closed.")
        return redirect(url_for("compliance.requests"), 303)


def _visible(found: Sequence[PrivacyRequest]) -> list[PrivacyRequest]:
    """Whoever sees some pages only sees the requests of these; of whom it is not known yet, those who see all."""
    reach = reach_of(Permission.READ_LOG)
    return [each for each in found if reach.everywhere or (each.account_id or 0) in reach.account_ids]


def _place() -> Place | None:
    at, code = read_instant(request.args.get("at", "")), request.args.get("code", "")
    return (at, code) if at and code else None


def _following(last: PrivacyRequest, which: str) -> dict[str, str]:
    at: datetime = last.due_at if which == "open" else last.received_at
    return {"which": which, "at": at.isoformat(), "code": last.confirmation_code}
