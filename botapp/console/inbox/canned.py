"""The words that the team keeps ready, per page and language."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from botapp.console.access import current_staff, may, requires
from botapp.console.pages_named import page_or_404, pages_of
from botapp.console.parts import ConsoleParts
from botapp.conversation.canned import keep
from botapp.policy.access import Permission
from botapp.storage import canned_answers
from botapp.storage.canned_answers import CannedAnswer

_LONGEST_NAME = 60
_LONGEST_LANGUAGE = 8
_ADDRESS = "/pages/<int:account_id>/answers"


def add_routes(blueprint: Blueprint, parts: ConsoleParts) -> None:
    """The pages that have such words, the words of one page, and their changes."""

    @blueprint.get("/answers")
    @requires(Permission.READ_LOG)
    def canned_pages() -> ResponseReturnValue:
        with parts.database.reading() as connection:
            pages = pages_of(connection, Permission.READ_LOG)
        if len(pages) == 1:
            return redirect(url_for("inbox.canned", account_id=pages[0].id))
        return render_template("inbox_canned_pages.html", pages=pages)

    @blueprint.get(_ADDRESS)
    @requires(Permission.READ_LOG)
    def canned(account_id: int) -> str:
        return _show(parts, account_id, CannedAnswer(account_id, "", "", ""))

    @blueprint.post(_ADDRESS)
    @requires(Permission.OPERATE)
    def save_canned(account_id: int) -> ResponseReturnValue:
        page_or_404(parts, account_id)
        typed = _read(account_id)
        problem = _problem(typed, parts.house.text_limit)
        if problem:
            return _show(parts, account_id, typed, problem), 422
        keep(parts.database, typed, by=current_staff().id)
        flash(f"“{typed.name}” is {'kept' if typed.text else 'gone'}.")
        return redirect(url_for("inbox.canned", account_id=account_id), 303)


def _show(parts: ConsoleParts, account_id: int, typed: CannedAnswer, problem: str = "") -> str:
    page = page_or_404(parts, account_id)
    with parts.database.reading() as connection:
        found = canned_answers.load_of_page(connection, account_id)
    return render_template(
        "inbox_canned.html",
        page=page,
        found=found,
        typed=typed,
        problem=problem,
        may_write=may(Permission.OPERATE, account_id),
    )


def _read(account_id: int) -> CannedAnswer:
    language, name = (" ".join(request.form.get(field, "").split()) for field in ("language", "name"))
    return CannedAnswer(account_id, language.lower(), name, request.form.get("text", "").replace("\r\n", "\n").strip())


def _problem(typed: CannedAnswer, text_limit: int) -> str:
    if not typed.name or len(typed.name) > _LONGEST_NAME:
        return f"Give it a name of at most {_LONGEST_NAME} characters."
    if not typed.language.isalpha() or len(typed.language) > _LONGEST_LANGUAGE:
        return "Name its language by two letters, such as “en”."
    if len(typed.text) >= text_limit:
        return "That is longer than the platform takes."
    return ""
