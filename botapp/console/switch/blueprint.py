"""Stopping what is proactive from any page of the console with one reason, and resuming it by a second person."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from botapp.campaign.kill_switch import KillSwitch, Switch
from botapp.console.access import current_staff, may, reach_of, requires
from botapp.console.authors import load_names
from botapp.console.numbers import read_number
from botapp.console.pages_named import pages_of
from botapp.console.parts import ConsoleParts
from botapp.console.sections import Section
from botapp.console.switch import team
from botapp.policy.access import Permission, Reach
from botapp.policy.approval import Refusal
from botapp.storage.engine import Database

EVERYTHING = "everything"
_WORDS = {
    Refusal.NO_REASON: "Please say why, in a sentence or two.",
    Refusal.WRONG_STAGE: "Somebody was quicker: it stands like that already.",
    Refusal.SECOND_PERSON: "Whoever stopped it does not resume it. Please ask a second person.",
}


def create_blueprint(parts: ConsoleParts) -> Blueprint:
    """The switches, and the form that every page of the console carries."""
    blueprint = Blueprint("switch", __name__, url_prefix="/switch", template_folder="pages")
    switch = KillSwitch(parts.database)

    @blueprint.get("/")
    @requires(Permission.STOP_SENDING)
    def show() -> str:
        return _show(parts.database, switch)

    @blueprint.post("/stop")
    @requires(Permission.STOP_SENDING)
    def stop() -> ResponseReturnValue:
        return _turn(switch.stop, Permission.STOP_SENDING, "Nothing proactive is sent any more. Answers go on.")

    @blueprint.post("/resume")
    @requires(Permission.RESUME_SENDING)
    def resume() -> ResponseReturnValue:
        return _turn(
            switch.resume, Permission.RESUME_SENDING, "Sending goes on, inside the windows that are still open."
        )

    def _turn(turn: Callable[..., Refusal | None], permission: Permission, done: str) -> ResponseReturnValue:
        account_id = _read_place(reach_of(permission))
        try:
            refusal = turn(account_id, request.form.get("why", ""), by=current_staff().id)
        except LookupError:
            abort(404)
        if refusal is not None:
            return _show(parts.database, switch, _WORDS[refusal]), 409
        flash(done)
        return redirect(url_for("switch.show"), 303)

    team.add_routes(blueprint, parts)
    return blueprint


def stoppable(database: Database) -> dict[str, Any]:
    """For the form on every page: what whoever is logged in may stop."""
    reach = reach_of(Permission.STOP_SENDING)
    with database.reading() as connection:
        pages = pages_of(connection, Permission.STOP_SENDING) if reach else []
    return {"everything": reach.everywhere, "pages": pages}


def _read_place(reach: Reach) -> int | None:
    """The page that the form names, or everything; 403 or 404 for what is not theirs."""
    where = request.form.get("where", "")
    if where == EVERYTHING:
        return None if reach.everywhere else abort(403)
    account_id = read_number(where)
    return account_id if account_id and account_id in reach else abort(404)


def _show(database: Database, switch: KillSwitch, problem: str = "") -> str:
    reach = reach_of(Permission.STOP_SENDING)
    with database.reading() as connection:
        found = [each for each in switch.look(connection) if _is_shown(each, reach)]
        names = load_names(connection)
    return render_template("switch.html", switches=found, names=names, problem=problem, may_resume=_may_resume)


def _is_shown(each: Switch, reach: Reach) -> bool:
    return each.account_id is None or each.account_id in reach


def _may_resume(each: Switch) -> bool:
    """Whoever stopped it does not; who else may is a matter of roles."""
    reach = reach_of(Permission.RESUME_SENDING)
    covered = reach.everywhere if each.account_id is None else may(Permission.RESUME_SENDING, each.account_id)
    return covered and not (each.is_on and each.by == current_staff().id)


SECTION = Section(
    title="Kill switch",
    endpoint="switch.show",
    permission=Permission.STOP_SENDING,
    create_blueprint=create_blueprint,
    about="Stop everything that we send on our own, or one page of it; a second person resumes it.",
)
