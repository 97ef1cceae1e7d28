"""The page of a version, and its steps, each a form: what is refused says why, and changes nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from botapp.campaign.stages import Desk, Kind
from botapp.console.access import current_staff, requires
from botapp.console.pages_named import page_or_404
from botapp.console.parts import ConsoleParts
from botapp.console.staged.seen import PERMISSIONS, key_or_404
from botapp.console.staged.words import REFUSALS
from botapp.policy.access import Permission
from botapp.policy.approval import Step
from botapp.storage.accounts import Account

ADDRESS = "/pages/<int:account_id>"


@dataclass(frozen=True, slots=True)
class StagedPages:
    """The pages of templates, or of rules."""

    parts: ConsoleParts
    kind: Kind[Any, Any]
    done: Mapping[Step, str]  # what is said when a step was taken
    show: Callable[[ConsoleParts, Account, str, int, str], str]  # a name, a version, and a problem if there is one

    def add_routes(self, blueprint: Blueprint) -> None:
        """The page, and a route for each step with its permission. Names may hold slashes, so they stand last."""

        @blueprint.get(f"{ADDRESS}/versions/<int:version>/<path:name>")
        @requires(Permission.READ_CAMPAIGNS)
        def version(account_id: int, version: int, name: str) -> str:
            return self.show(self.parts, page_or_404(self.parts, account_id), name, version, "")

        for step, permission in PERMISSIONS.items():
            view = requires(permission)(self._taking(step))
            blueprint.post(f"{ADDRESS}/{step}/<int:version>/<path:name>", endpoint=step.value)(view)

    def _taking(self, step: Step) -> Callable[..., ResponseReturnValue]:
        def take(account_id: int, version: int, name: str) -> ResponseReturnValue:
            page, key = page_or_404(self.parts, account_id), key_or_404(account_id, name, version)
            desk, why = Desk(self.kind, self.parts.database), request.form.get("why", "")
            try:
                refusal = desk.take(step, key, by=current_staff().id, why=why)
            except LookupError:
                abort(404)
            if refusal is not None:
                return self.show(self.parts, page, name, version, REFUSALS[refusal]), 409
            flash(self.done[step])
            return redirect(url_for(".version", account_id=account_id, version=version, name=name), 303)

        return take
