"""A rule as text, TOML or JSON: pasted, looked at, kept, or opened in the editor."""

from datetime import UTC

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from botapp.campaign.rule_file import rule_table
from botapp.console.access import requires
from botapp.console.pages_named import page_or_404
from botapp.console.parts import ConsoleParts
from botapp.console.rules.form import from_rule
from botapp.console.rules.looking import Look, look
from botapp.console.rules.writing import keep_draft, show_form
from botapp.console.staged.routes import ADDRESS
from botapp.policy.access import Permission
from botapp.policy.zones import find_zone
from botapp.storage.accounts import Account


def add_routes(blueprint: Blueprint, parts: ConsoleParts) -> None:
    """The page to paste into, and what becomes of it."""

    @blueprint.get(f"{ADDRESS}/paste")
    @requires(Permission.WRITE_CAMPAIGNS)
    def paste(account_id: int) -> str:
        return _show(page_or_404(parts, account_id), "", None)

    @blueprint.post(f"{ADDRESS}/paste")
    @requires(Permission.WRITE_CAMPAIGNS)
    def take(account_id: int) -> ResponseReturnValue:
        page, text = page_or_404(parts, account_id), request.form.get("text", "")
        looked = look(parts, page, text.replace("\r\n", "\n").encode())
        if looked.draft is None:
            return _show(page, text, looked), 422
        match request.form.get("do"):
            case "keep":
                return keep_draft(parts, page, looked)
            case "edit":
                rule, template = looked.draft.rule, looked.draft.template_name
                typed = from_rule(rule, rule_table(rule, template), find_zone(page.zone) or UTC)
                return show_form(parts, page, typed, looked)
        return _show(page, text, looked)


def _show(page: Account, text: str, looked: Look | None) -> str:
    return render_template("rule_paste.html", page=page, text=text, looked=looked)
