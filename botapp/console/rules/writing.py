"""The editor: a form with nested groups that works without a script, and keeps what was written as a draft."""

from datetime import UTC

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from botapp.campaign.file import KNOWN_NAMES
from botapp.campaign.rule_file import rule_table
from botapp.campaign.rules import RULES
from botapp.campaign.stages import Desk
from botapp.console.access import current_staff, requires
from botapp.console.pages_named import page_or_404
from botapp.console.parts import ConsoleParts
from botapp.console.rules.form import Typed, empty_form, from_rule, read_form, to_file
from botapp.console.rules.looking import Look, look
from botapp.console.rules.shown import COMPARISONS, GROUPINGS, PERIODS, rule_of
from botapp.console.staged.routes import ADDRESS
from botapp.policy.access import Permission
from botapp.policy.approval import Stage
from botapp.policy.bounds import Goal
from botapp.policy.experiments.assignment import Method
from botapp.policy.portrait import TRAIT_NAMES
from botapp.policy.zones import find_zone
from botapp.storage.accounts import Account
from botapp.storage.rule_stages import RULE_VERSIONS
from botapp.storage.template_stages import TEMPLATE_VERSIONS


def add_routes(blueprint: Blueprint, parts: ConsoleParts) -> None:
    """The form, what its buttons change, the look at what was typed, and keeping it."""

    @blueprint.get(f"{ADDRESS}/write")
    @requires(Permission.WRITE_CAMPAIGNS)
    def write(account_id: int) -> str:
        page = page_or_404(parts, account_id)
        return show_form(parts, page, _of_newest(parts, page) or empty_form())

    @blueprint.post(f"{ADDRESS}/edit")
    @requires(Permission.WRITE_CAMPAIGNS)
    def edit(account_id: int) -> str:
        """A button of the form: what it adds or takes out. Without one it is the look."""
        page, typed = page_or_404(parts, account_id), read_form(request.form)
        action = request.form.get("do", "")
        if action and not typed.change(action):
            abort(400)
        looked = None if action else look(parts, page, to_file(typed, find_zone(page.zone) or UTC))
        return show_form(parts, page, typed, looked)

    @blueprint.post(f"{ADDRESS}/write")
    @requires(Permission.WRITE_CAMPAIGNS)
    def keep(account_id: int) -> ResponseReturnValue:
        page, typed = page_or_404(parts, account_id), read_form(request.form)
        looked = look(parts, page, to_file(typed, find_zone(page.zone) or UTC))
        if looked.draft is None:
            return show_form(parts, page, typed, looked), 422
        return keep_draft(parts, page, looked)


def keep_draft(parts: ConsoleParts, page: Account, looked: Look) -> ResponseReturnValue:
    """What was read becomes a draft."""
    if looked.draft is None:
        abort(422)
    key = Desk(RULES, parts.database).write(page.id, looked.draft, by=current_staff().id)
    flash("Kept. Nobody gets anything by it before another person has approved it.")
    return redirect(url_for("rules.version", account_id=page.id, version=key.version, name=key.name), 303)


def show_form(parts: ConsoleParts, page: Account, typed: Typed, looked: Look | None = None) -> str:
    """The editor, with what was found if it was looked at."""
    with parts.database.reading() as connection:
        templates = TEMPLATE_VERSIONS.load_of_page(connection, page.id)
    names = sorted({each.key.name for each in templates if each.standing.stage is not Stage.RETIRED})
    return render_template(
        "rule_write.html",
        page=page,
        typed=typed,
        looked=looked,
        templates=names,
        known_names=sorted(KNOWN_NAMES | TRAIT_NAMES),
        comparisons=COMPARISONS,
        groupings=GROUPINGS,
        periods=PERIODS,
        goals=list(Goal),
        methods=list(Method),
    )


def _of_newest(parts: ConsoleParts, page: Account) -> Typed | None:
    """The newest version of the rule that is to be written anew."""
    with parts.database.reading() as connection:
        found = RULE_VERSIONS.load_versions(connection, page.id, request.args.get("name", ""))
    if not found:
        return None
    rule, template = rule_of(found[0])
    return from_rule(rule, rule_table(rule, template), find_zone(page.zone) or UTC)
