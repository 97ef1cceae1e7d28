"""What came of a rule, what the guards make of it, and letting it go on where one of them has paused it."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from botapp.campaign.guards import NotResumed, resume_rule
from botapp.campaign.results import Result, results_of
from botapp.campaign.stages import LONGEST_REASON
from botapp.console.access import current_staff, requires
from botapp.console.pages_named import page_or_404
from botapp.console.parts import ConsoleParts
from botapp.console.rules.shown import GUARDS
from botapp.console.staged.routes import ADDRESS
from botapp.policy.access import Permission
from botapp.policy.experiments.outcome import Measure
from botapp.storage.accounts import Account
from botapp.storage.rule_stages import RULE_VERSIONS

_REFUSALS = {
    NotResumed.NOT_PAUSED: "No guard has paused it, or somebody was quicker.",
    NotResumed.NO_REASON: "Please say why it may go on, in a sentence or two.",
    NotResumed.NOBODY: "Please log in again.",
    NotResumed.SAME_PERSON: "Whoever put it live does not resume it. Please ask a second person.",
}
_SHOWN = {
    Measure.CONVERTED: "converted",
    Measure.HANDED_OVER: "asked for a person",
    Measure.STOPPED: "stopped",
    Measure.MUTED: "muted",
    Measure.COMPLAINED: "complained",
    Measure.BLOCKED: "blocked",
    Measure.IGNORED_TWICE: "ignored twice",
}


def add_routes(blueprint: Blueprint, parts: ConsoleParts) -> None:
    """The page of a rule's guards, and the form by which a second person resumes it."""

    @blueprint.get(f"{ADDRESS}/guards/<path:name>")
    @requires(Permission.READ_CAMPAIGNS)
    def guards(account_id: int, name: str) -> str:
        return _show(parts, page_or_404(parts, account_id), name)

    @blueprint.post(f"{ADDRESS}/go-on/<path:name>")
    @requires(Permission.RESUME_SENDING)
    def go_on(account_id: int, name: str) -> ResponseReturnValue:
        page = page_or_404(parts, account_id)
        why, variant = " ".join(request.form.get("why", "").split()), request.form.get("variant", "")
        me = current_staff().id
        refused = (
            NotResumed.NO_REASON
            if len(why) > LONGEST_REASON
            else resume_rule(parts.database, account_id, name, why, variant=variant, by=me)
        )
        if refused is not None:
            return _show(parts, page, name, _REFUSALS[refused]), 409
        flash("It goes on. What was known is not held against it: the guards begin anew.")
        return redirect(url_for("rules.guards", account_id=account_id, name=name), 303)


def _show(parts: ConsoleParts, page: Account, name: str, problem: str = "") -> str:
    with parts.database.reading() as connection:
        versions = RULE_VERSIONS.load_versions(connection, page.id, name) or abort(404)
    results = [result for result in results_of(parts.guards, page.id) if result.rule == name]
    bounds = parts.guards.bounds
    return render_template(
        "rule_guards.html",
        page=page,
        name=name,
        newest=versions[0],
        live=[result for result in results if result.standing],
        others=[result for result in results if not result.standing],
        bounds=bounds,
        enough=round(2 * max(1, _judged_apart(results)) / bounds.doubt),
        measures=_SHOWN,
        guards=GUARDS,
        problem=problem,
        Measure=Measure,
    )


def _judged_apart(results: list[Result]) -> int:
    return sum(result.standing is not None for result in results)
