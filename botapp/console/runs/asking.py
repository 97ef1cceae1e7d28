"""What was asked for, and the form to ask: which rules, on the windows open now or on how much of the history."""

from collections.abc import Sequence
from datetime import timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from botapp.console.access import current_staff, requires
from botapp.console.pages_named import page_or_404, pages_of
from botapp.console.parts import ConsoleParts
from botapp.console.runs.shown import STATES, share
from botapp.policy.access import Permission
from botapp.policy.approval import Stage
from botapp.rehearsal.jobs import RehearsalDesk, TooManyError, Wanted
from botapp.rehearsal.proposal import campaign_of
from botapp.storage import rehearsals
from botapp.storage.rule_stages import RULE_VERSIONS, StagedRule

ADDRESS = "/pages/<int:account_id>"
STRETCHES = (7, 14, 30, 90)  # days
_LISTED = 12
_LIVE_RULES = "live"
_TO_BE_TRIED = (Stage.DRAFT, Stage.IN_REVIEW, Stage.APPROVED)


def add_routes(blueprint: Blueprint, parts: ConsoleParts) -> None:
    """The list, and asking for one more."""

    @blueprint.get("/")
    @requires(Permission.READ_CAMPAIGNS)
    def listing() -> str:
        with parts.database.reading() as connection:
            pages = pages_of(connection, Permission.READ_CAMPAIGNS)
            runs = {page: rehearsals.load_latest(connection, [page.id], _LISTED) for page in pages}
            drafts = {page: _drafts(RULE_VERSIONS.load_of_page(connection, page.id)) for page in pages}
        return render_template(
            "runs.html", pages=pages, runs=runs, drafts=drafts, stretches=STRETCHES, states=STATES, share=share
        )

    @blueprint.post(f"{ADDRESS}/ask")
    @requires(Permission.WRITE_CAMPAIGNS)
    def ask(account_id: int) -> ResponseReturnValue:
        page_or_404(parts, account_id)
        desk = RehearsalDesk(parts.database)
        try:
            number = desk.ask(account_id, _wanted(parts, account_id), by=current_staff().id)
        except TooManyError:
            flash("Several wait for this page already. Please cancel one, or wait for them.")
            return redirect(url_for("runs.listing"), 303)
        return redirect(url_for("runs.show", account_id=account_id, number=number), 303)


def _drafts(versions: Sequence[StagedRule]) -> list[StagedRule]:
    """What may go live next."""
    return [each for each in versions if each.standing.stage in _TO_BE_TRIED]


def _wanted(parts: ConsoleParts, account_id: int) -> Wanted:
    days = request.form.get("days", type=int)
    if days is not None and days not in STRETCHES:
        abort(400)
    with parts.database.reading() as connection:
        now = parts.database.now(connection)
        versions = RULE_VERSIONS.load_of_page(connection, account_id)
    since = now - timedelta(days=days) * parts.house.scale if days else None
    chosen = request.form.get("rules", "")
    if chosen == _LIVE_RULES:
        return Wanted(None, since)
    by_name = {f"{each.key.version}/{each.key.name}": each for each in _drafts(versions)}
    draft = by_name.get(chosen) or abort(400)
    return Wanted(campaign_of(draft.key.name, draft.definition), since)
