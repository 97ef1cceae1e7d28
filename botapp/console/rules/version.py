"""One version of a rule: what it says, whom it reaches now, how far it has come, and what has changed."""

from flask import Blueprint, abort, render_template, request

from botapp.campaign.differences import differences
from botapp.console.access import current_staff, may, requires
from botapp.console.authors import load_names
from botapp.console.pages_named import page_or_404
from botapp.console.parts import ConsoleParts
from botapp.console.rules.looking import reach_now
from botapp.console.rules.shown import STEPS, pill_of, rule_of, texts_of
from botapp.console.rules.writing import ADDRESS
from botapp.policy import template_stage
from botapp.policy.access import Permission
from botapp.policy.template_stage import Step, needs_reason
from botapp.storage import campaigns, guards, rule_stages
from botapp.storage.accounts import Account
from botapp.storage.rule_stages import RuleKey, StagedRule

PERMISSIONS = {
    Step.SUBMIT: Permission.WRITE_CAMPAIGNS,
    Step.RETURN: Permission.STOP_SENDING,  # as whoever writes, approves or operates may
    Step.APPROVE: Permission.APPROVE_CAMPAIGNS,
    Step.PUBLISH: Permission.WRITE_CAMPAIGNS,
    Step.PAUSE: Permission.STOP_SENDING,
    Step.RESUME: Permission.RESUME_SENDING,
    Step.RETIRE: Permission.WRITE_CAMPAIGNS,
}
_LARGEST_VERSION = 1 << 31


def add_routes(blueprint: Blueprint, parts: ConsoleParts) -> None:
    """The page of a version. Names may hold slashes, so they stand last in addresses."""

    @blueprint.get(f"{ADDRESS}/versions/<int:version>/<path:name>")
    @requires(Permission.READ_CAMPAIGNS)
    def version(account_id: int, version: int, name: str) -> str:
        return show_version(parts, page_or_404(parts, account_id), name, version)


def show_version(parts: ConsoleParts, page: Account, name: str, number: int, problem: str = "") -> str:
    """The page of a version; 404 if there is none."""
    with parts.database.reading() as connection:
        versions = rule_stages.load_versions(connection, page.id, name)
        found = next((each for each in versions if each.key.version == number), None) or abort(404)
        pill = pill_of(found, guards.load_paused(connection, page.id), parts.database.now(connection))
        names = load_names(connection)
        live = campaigns.load_live_templates(connection, page.id)
    rule, template = rule_of(found)
    sends = [template] if template else [variant.template_name for variant in rule.variants]
    compared, texts = _compared(found, versions), texts_of(found)
    return render_template(
        "rule_version.html",
        page=page,
        found=found,
        pill=pill,
        versions=versions,
        compared=compared,
        pieces=differences(texts_of(compared)["TOML"], texts["TOML"]) if compared else [],
        texts=texts,
        missing=[each for each in sends if each not in live],
        reach=reach_now(parts, page, rule),
        steps=_steps(found, page),
        names=names,
        problem=problem,
    )


def key_or_404(account_id: int, name: str, version: int) -> RuleKey:
    """Numbers as the databases hold them; others name nothing."""
    if version >= _LARGEST_VERSION:
        abort(404)
    return RuleKey(account_id, name, version)


def _steps(found: StagedRule, page: Account) -> list[tuple[Step, str, bool]]:
    """What whoever is logged in may do now: the step, its words, and whether they say why."""
    me = current_staff().id
    return [
        (step, words, needs_reason(step))
        for step, words in STEPS.items()
        if may(PERMISSIONS[step], page.id) and template_stage.refusal(step, found.standing, me, page.approvals) is None
    ]


def _compared(found: StagedRule, versions: list[StagedRule]) -> StagedRule | None:
    """The version that was asked for, else the one before."""
    asked = request.args.get("against", "")
    older = [each for each in versions if each.key.version < found.key.version]
    chosen = [each for each in versions if str(each.key.version) == asked and each is not found]
    return next(iter([*chosen, *older]), None)
