"""The form in which a template is written, with what is wrong with it and how customers would read it."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from botapp.campaign.fields import CampaignError
from botapp.campaign.file import (
    KNOWN_NAMES,
    PURPOSES,
    Limits,
    TemplateDraft,
    advert_in,
    read_template,
    template_tone,
)
from botapp.campaign.preview import looks
from botapp.campaign.stages import Desk
from botapp.campaign.templates import TEMPLATES
from botapp.config_files import read_languages
from botapp.console.access import current_staff, requires
from botapp.console.pages_named import page_or_404
from botapp.console.parts import ConsoleParts
from botapp.console.staged.routes import ADDRESS
from botapp.console.templates.previews import previews
from botapp.console.templates.typed import Typed, typed_as, typed_form
from botapp.policy import template as template_policy
from botapp.policy.access import Permission
from botapp.policy.wording import Wording, Wordings
from botapp.reengagement.tone import ToneRule
from botapp.storage.accounts import Account
from botapp.storage.template_stages import TEMPLATE_VERSIONS


def add_routes(blueprint: Blueprint, parts: ConsoleParts) -> None:
    """The form, the look at what was typed, and keeping it as a draft."""

    @blueprint.get(f"{ADDRESS}/write")
    @requires(Permission.WRITE_CAMPAIGNS)
    def write(account_id: int) -> str:
        page = page_or_404(parts, account_id)
        return _show(parts, page, _of_version(parts, page), checked=False)

    @blueprint.post(f"{ADDRESS}/check")
    @requires(Permission.WRITE_CAMPAIGNS)
    def check(account_id: int) -> str:
        return _show(parts, page_or_404(parts, account_id), typed_form(_languages()))

    @blueprint.post(f"{ADDRESS}/write")
    @requires(Permission.WRITE_CAMPAIGNS)
    def keep(account_id: int) -> ResponseReturnValue:
        page, typed = page_or_404(parts, account_id), typed_form(_languages())
        draft, faults = _read(parts, page, typed)
        if draft is None or faults:
            return _show(parts, page, typed), 422
        key = Desk(TEMPLATES, parts.database).write(account_id, draft, by=current_staff().id)
        flash("Kept. Nobody gets it before another person has approved it.")
        shown = url_for("templates.version", account_id=account_id, version=key.version, name=key.name)
        return redirect(shown, 303)


def findings(wordings: Wordings, purpose: str) -> list[str]:
    """What the checks of tone and purpose say in any language, whether or not the house refuses for it."""
    found = []
    for wording in wordings.values():
        found += [str(finding) for finding in template_tone(wording)]
        if advert := advert_in(wording, purpose):
            found.append(f"purpose: “{advert}” advertises, and it is said to be {purpose}")
    return list(dict.fromkeys(found))


def _languages() -> list[str]:
    """Those that a form offers."""
    return sorted(read_languages("answers"))


def _of_version(parts: ConsoleParts, page: Account) -> Typed:
    """The words of the newest version of the template that is to be written anew; else nothing yet."""
    with parts.database.reading() as connection:
        found = TEMPLATE_VERSIONS.load_versions(connection, page.id, request.args.get("name", ""))
    if found:
        return typed_as(found[0], _languages())
    blank = typed_form(_languages())
    return Typed("", page.language, PURPOSES[0], blank.own, blank.others)


def _read(parts: ConsoleParts, page: Account, typed: Typed) -> tuple[TemplateDraft | None, list[str]]:
    try:
        return read_template(typed.as_table(), _limits(parts, page)), []
    except CampaignError as error:
        return None, error.faults


def _limits(parts: ConsoleParts, page: Account) -> Limits:
    """Facts that the page's templates name already were declared by a file of the house."""
    with parts.database.reading() as connection:
        known = TEMPLATE_VERSIONS.load_of_page(connection, page.id)
    texts = [wording.text for each in known for wording in each.wordings.values()]
    return Limits(
        text_limit=parts.house.text_limit,
        window_length=parts.house.window_length,
        send_allowance=parts.house.send_allowance,
        own_facts=frozenset[str]().union(*map(template_policy.names, texts)),
        tone=parts.tone,
        part_limits=parts.house.part_limits,
    )


def _show(parts: ConsoleParts, page: Account, typed: Typed, *, checked: bool = True) -> str:
    draft, faults = _read(parts, page, typed) if checked else (None, [])
    # What cannot be read whole is shown as far as its own words go.
    typed_words = {typed.language: Wording(typed.own.text)} if typed.own.text else {}
    wordings = draft.template.wordings if draft else typed_words
    return render_template(
        "template_write.html",
        page=page,
        typed=typed,
        checked=checked,
        faults=faults,
        warnings=findings(wordings, typed.purpose) if checked and parts.tone is not ToneRule.REFUSE else [],
        looks=looks(),
        previews=previews(parts, page, wordings) if checked else {},
        purposes=PURPOSES,
        languages=_languages(),
        known_names=sorted(KNOWN_NAMES),
        text_limit=parts.house.text_limit - 1,
        limits=parts.house.part_limits,
    )
