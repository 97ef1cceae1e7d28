"""The form in which a template is written, with what is wrong with it and how customers would read it."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from botapp.campaign.fields import CampaignError
from botapp.campaign.file import KNOWN_NAMES, PURPOSES, Limits, TemplateDraft, read_template, template_tone
from botapp.campaign.preview import looks, worst_cases
from botapp.campaign.templates import TemplateDesk
from botapp.config_files import read_languages
from botapp.console.access import current_staff, requires
from botapp.console.pages_named import page_or_404
from botapp.console.parts import ConsoleParts
from botapp.policy import template as template_policy
from botapp.policy.access import Permission
from botapp.reengagement.tone import ToneRule, advertising_of
from botapp.storage import template_stages
from botapp.storage.accounts import Account

ADDRESS = "/pages/<int:account_id>"
_LONGEST_TEXT = 4000


@dataclass(frozen=True, slots=True)
class Typed:
    """The form as it was filled in."""

    name: str
    text: str
    language: str
    purpose: str


def add_routes(blueprint: Blueprint, parts: ConsoleParts) -> None:
    """The form, the look at what was typed, and keeping it as a draft."""

    @blueprint.get(f"{ADDRESS}/write")
    @requires(Permission.WRITE_CAMPAIGNS)
    def write(account_id: int) -> str:
        page = page_or_404(parts, account_id)
        return _show(parts, page, _of_version(parts, page) or Typed("", "", page.language, PURPOSES[0]), checked=False)

    @blueprint.post(f"{ADDRESS}/check")
    @requires(Permission.WRITE_CAMPAIGNS)
    def check(account_id: int) -> str:
        return _show(parts, page_or_404(parts, account_id), _typed())

    @blueprint.post(f"{ADDRESS}/write")
    @requires(Permission.WRITE_CAMPAIGNS)
    def keep(account_id: int) -> ResponseReturnValue:
        page, typed = page_or_404(parts, account_id), _typed()
        draft, faults = _read(parts, page, typed)
        if draft is None or faults:
            return _show(parts, page, typed), 422
        key = TemplateDesk(parts.database).write(account_id, draft, by=current_staff().id)
        flash("Kept. Nobody gets it before another person has approved it.")
        shown = url_for("templates.version", account_id=account_id, version=key.version, name=key.name)
        return redirect(shown, 303)


def findings(text: str, purpose: str) -> list[str]:
    """What the checks of tone and purpose say, whether or not the house refuses for it."""
    found = [str(finding) for finding in template_tone(text)]
    advert = advertising_of(text, purpose)
    return [*found, f"purpose: “{advert}” advertises, and it is said to be {purpose}"] if advert else found


def _typed() -> Typed:
    text = request.form.get("text", "").replace("\r\n", "\n").strip()
    named = (" ".join(request.form.get(field, "").split()) for field in ("name", "language", "purpose"))
    name, language, purpose = named
    return Typed(name, text[:_LONGEST_TEXT], language, purpose)


def _of_version(parts: ConsoleParts, page: Account) -> Typed | None:
    """The words of the newest version of the template that is to be written anew."""
    with parts.database.reading() as connection:
        found = template_stages.load_versions(connection, page.id, request.args.get("name", ""))
    return Typed(found[0].key.name, found[0].text, found[0].language, found[0].purpose) if found else None


def _read(parts: ConsoleParts, page: Account, typed: Typed) -> tuple[TemplateDraft | None, list[str]]:
    table = {"name": typed.name, "text": typed.text, "language": typed.language, "purpose": typed.purpose}
    try:
        return read_template(table, _limits(parts, page)), []
    except CampaignError as error:
        return None, error.faults


def _limits(parts: ConsoleParts, page: Account) -> Limits:
    """Facts that the page's templates name already were declared by a file of the house."""
    with parts.database.reading() as connection:
        known = template_stages.load_of_page(connection, page.id)
    own = frozenset[str]().union(*(template_policy.names(each.text) for each in known))
    return Limits(
        text_limit=parts.house.text_limit,
        window_length=parts.house.window_length,
        send_allowance=parts.house.send_allowance,
        own_facts=own,
        tone=parts.tone,
    )


def _show(parts: ConsoleParts, page: Account, typed: Typed, *, checked: bool = True) -> str:
    _, faults = _read(parts, page, typed) if checked else (None, [])
    warnings = findings(typed.text, typed.purpose) if checked and parts.tone is not ToneRule.REFUSE else []
    return render_template(
        "template_write.html",
        page=page,
        typed=typed,
        checked=checked,
        faults=faults,
        warnings=warnings,
        looks=looks(),
        cases=worst_cases(typed.text) if checked and typed.text else [],
        purposes=PURPOSES,
        languages=sorted(read_languages("answers")),
        known_names=sorted(KNOWN_NAMES),
        text_limit=parts.house.text_limit - 1,
    )
