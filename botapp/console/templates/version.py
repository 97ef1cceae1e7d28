"""One version of a template: its words, how customers read them, how far it has come, and what has changed."""

from flask import Blueprint, abort, render_template, request

from botapp.campaign.differences import Piece, differences, in_full
from botapp.campaign.preview import looks
from botapp.console.access import current_staff, may, requires
from botapp.console.authors import load_names
from botapp.console.pages_named import page_or_404
from botapp.console.parts import ConsoleParts
from botapp.console.templates.previews import of_customers, previews
from botapp.console.templates.shown import STAGES, STEPS
from botapp.console.templates.writing import ADDRESS, findings
from botapp.identifiers import new_token
from botapp.policy import template_stage
from botapp.policy.access import Permission
from botapp.policy.template_stage import Step, needs_reason
from botapp.storage import contacts, template_stages
from botapp.storage.accounts import Account
from botapp.storage.template_stages import StagedTemplate, TemplateKey

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
        versions = template_stages.load_versions(connection, page.id, name)
        found = next((each for each in versions if each.key.version == number), None) or abort(404)
        own = contacts.find_of_staff(connection, page.id, current_staff().id)
        names = load_names(connection)
        customers = of_customers(parts, connection, page, found.wordings, request.args.get("contact", ""))
    compared = _compared(found, versions)
    return render_template(
        "template_version.html",
        page=page,
        found=found,
        versions=versions,
        compared=compared,
        changes=_changes(compared, found) if compared else {},
        steps=_steps(found, page),
        names=names,
        customers=customers,
        previews=previews(parts, page, found.wordings),
        wordings={language: in_full(wording) for language, wording in found.wordings.items()},
        looks=looks(),
        findings=findings(found.wordings, found.purpose),
        stages=STAGES,
        problem=problem,
        may_try=bool(own) and may(Permission.STOP_SENDING, page.id),
        nonce=new_token(),
        sees_people=may(Permission.READ_LOG, page.id),
    )


def key_or_404(account_id: int, name: str, version: int) -> TemplateKey:
    """Numbers as the databases hold them; others name nothing."""
    if version >= _LARGEST_VERSION:
        abort(404)
    return TemplateKey(account_id, name, version)


def _steps(found: StagedTemplate, page: Account) -> list[tuple[Step, str, bool]]:
    """What whoever is logged in may do now: the step, its words, and whether they say why."""
    me = current_staff().id
    return [
        (step, words, needs_reason(step))
        for step, words in STEPS.items()
        if may(PERMISSIONS[step], page.id) and template_stage.refusal(step, found.standing, me, page.approvals) is None
    ]


def _compared(found: StagedTemplate, versions: list[StagedTemplate]) -> StagedTemplate | None:
    """The version that was asked for, else the one before."""
    asked = request.args.get("against", "")
    older = [each for each in versions if each.key.version < found.key.version]
    chosen = [each for each in versions if str(each.key.version) == asked]
    return next(iter([*chosen, *older]), None)


def _changes(older: StagedTemplate, newer: StagedTemplate) -> dict[str, list[Piece]]:
    """By language, what became of what could be read and tapped."""
    before, after = ({code: in_full(w) for code, w in each.wordings.items()} for each in (older, newer))
    return {code: differences(before.get(code, ""), after.get(code, "")) for code in dict.fromkeys([*after, *before])}
