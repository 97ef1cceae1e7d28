"""One forecast or backtest: how far it is, what it came to, and giving it up."""

import json

from flask import Blueprint, Response, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from botapp.console.access import requires
from botapp.console.pages_named import page_or_404
from botapp.console.parts import ConsoleParts
from botapp.console.runs.asking import ADDRESS
from botapp.console.runs.shown import STATES, in_words, share
from botapp.policy.access import Permission
from botapp.rehearsal.jobs import RehearsalDesk
from botapp.storage import rehearsals, staff
from botapp.storage.rehearsals import Rehearsal

_LARGEST_NUMBER = 1 << 63


def add_routes(blueprint: Blueprint, parts: ConsoleParts) -> None:
    """Its page, its result as a file, and the button that ends it."""

    @blueprint.get(f"{ADDRESS}/<int:number>")
    @requires(Permission.READ_CAMPAIGNS)
    def show(account_id: int, number: int) -> str:
        page, run = page_or_404(parts, account_id), _run_or_404(parts, account_id, number)
        with parts.database.reading() as connection:
            names = {member.id: member.display_name for member in staff.load_all(connection)}
        told = json.loads(run.result) if run.result else None
        return render_template(
            "run.html",
            page=page,
            run=run,
            told=told,
            asked_by=names.get(run.asked_by or 0),
            state=STATES[run.state],
            share=share(run),
            in_words=in_words,
        )

    @blueprint.get(f"{ADDRESS}/<int:number>/result.json")
    @requires(Permission.READ_CAMPAIGNS)
    def result(account_id: int, number: int) -> ResponseReturnValue:
        run = _run_or_404(parts, account_id, number)
        return Response(run.result or abort(404), mimetype="application/json")

    @blueprint.post(f"{ADDRESS}/<int:number>/cancel")
    @requires(Permission.WRITE_CAMPAIGNS)
    def cancel(account_id: int, number: int) -> ResponseReturnValue:
        run = _run_or_404(parts, account_id, number)
        cancelled = RehearsalDesk(parts.database).cancel(run)
        flash("It is cancelled." if cancelled else "It had ended already.")
        return redirect(url_for("runs.show", account_id=account_id, number=number), 303)


def _run_or_404(parts: ConsoleParts, account_id: int, number: int) -> Rehearsal:
    if number >= _LARGEST_NUMBER:
        abort(404)
    with parts.database.reading() as connection:
        return rehearsals.find(connection, account_id, number) or abort(404)
