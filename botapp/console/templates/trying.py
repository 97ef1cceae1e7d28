"""A template sent to whoever is looking at it, on the contacts that they have shown to be their own."""

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from botapp.console.access import current_staff, requires
from botapp.console.compliance.words import REASONS
from botapp.console.pages_named import page_or_404
from botapp.console.parts import ConsoleParts
from botapp.console.staged.routes import ADDRESS
from botapp.console.staged.seen import key_or_404
from botapp.console.templates.version import show_version
from botapp.conversation.trials import Trial
from botapp.policy.access import Permission

_LONGEST_NONCE = 100
_NOBODY = "You have no contact of your own on this page. Link one under Kill switch, team mode."


def add_routes(blueprint: Blueprint, parts: ConsoleParts) -> None:
    """One form; nobody can name a contact in it."""

    @blueprint.post(f"{ADDRESS}/try/<int:version>/<path:name>")
    @requires(Permission.STOP_SENDING)  # as whoever writes, approves or operates may
    def try_out(account_id: int, version: int, name: str) -> ResponseReturnValue:
        page = page_or_404(parts, account_id)
        trial = Trial(key_or_404(account_id, name, version), request.form.get("language", ""))
        nonce = request.form.get("nonce", "")[:_LONGEST_NONCE]
        try:
            found = parts.trials.send(trial, by=current_staff().id, nonce=nonce)
        except LookupError:
            abort(404)
        refused = [REASONS[reason] for reason in found if reason is not None]
        if not found or len(refused) == len(found):
            return show_version(parts, page, name, version, " ".join(refused) or _NOBODY), 409
        flash("On its way to your own contact. It is on record, and counts for nothing.")
        return redirect(url_for("templates.version", account_id=account_id, version=version, name=name), 303)
