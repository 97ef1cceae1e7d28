"""The steps of a version, each a form: what is refused says why, and changes nothing."""

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from botapp.campaign.rules import RuleDesk
from botapp.console.access import current_staff, requires
from botapp.console.pages_named import page_or_404
from botapp.console.parts import ConsoleParts
from botapp.console.rules.shown import DONE, REFUSALS
from botapp.console.rules.version import PERMISSIONS, key_or_404, show_version
from botapp.console.rules.writing import ADDRESS
from botapp.policy.template_stage import Step


def add_routes(blueprint: Blueprint, parts: ConsoleParts) -> None:
    """One route for each step, each with the permission that it takes."""
    for step, permission in PERMISSIONS.items():
        view = requires(permission)(_taking(parts, step))
        blueprint.post(f"{ADDRESS}/{step}/<int:version>/<path:name>", endpoint=step.value)(view)


def _taking(parts: ConsoleParts, step: Step) -> Callable[..., ResponseReturnValue]:
    def take(account_id: int, version: int, name: str) -> ResponseReturnValue:
        page, key = page_or_404(parts, account_id), key_or_404(account_id, name, version)
        try:
            refusal = RuleDesk(parts.database).take(step, key, by=current_staff().id, why=request.form.get("why", ""))
        except LookupError:
            abort(404)
        if refusal is not None:
            return show_version(parts, page, name, version, REFUSALS[refusal]), 409
        flash(DONE[step])
        return redirect(url_for("rules.version", account_id=account_id, version=version, name=name), 303)

    return take
