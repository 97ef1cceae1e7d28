"""The pages that botapp speaks for, the form that connects another one, and the one that gives a page a new token."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from botapp.campaign.connecting import Application, Connected, Problem
from botapp.console.access import current_staff, requires
from botapp.console.pages_named import page_or_404
from botapp.console.parts import ConsoleParts
from botapp.console.sections import Section
from botapp.policy.access import Permission
from botapp.storage import accounts

_needs_admin = requires(Permission.CONNECT_PAGES, everywhere=True)
_WORDS = {
    Problem.PAGE_ID: "The page's id has letters, digits, “-” and “_” only.",
    Problem.TOKEN: "That is no page access token.",
    Problem.NAME: "Please give the page a name of one line, at most 100 characters long.",
    Problem.ZONE: "Please write the time zone by its IANA name, such as Europe/Berlin.",
    Problem.LANGUAGE: "There are no answers in that language.",
    Problem.KNOWN: "That page is connected already. To give it another token, choose “New token” in its row.",
    Problem.OF_ANOTHER_PAGE: "The platform says that this token belongs to another page.",
    Problem.REFUSED: "The platform refused the token: perhaps it has run out, or lacks a permission.",
    Problem.UNCHECKED: "The platform did not answer, so nobody knows whether the token is good. The former one stays.",
}
_CHECKED = "Connected, in team mode: what it sends on its own reaches the team's own contacts only."
_UNCHECKED = f"{_CHECKED} The platform did not answer, so nobody knows whether the token is good: see botapp doctor."
_STILL_PAUSED = " The page is still paused; whoever may resume sending lets it go on, under Kill switch."
_UNSEEN = f"{_CHECKED} The platform does not show its greeting and menu yet: botapp page profile --apply."


def create_blueprint(parts: ConsoleParts) -> Blueprint:
    """The list and the form, for admins of all pages."""
    blueprint = Blueprint("accounts", __name__, url_prefix="/pages", template_folder="pages")

    @blueprint.get("/")
    @_needs_admin
    def show() -> str:
        return _show(parts)

    @blueprint.post("/")
    @_needs_admin
    def connect() -> ResponseReturnValue:
        asked = _read()
        found = parts.connector.connect(asked, by=current_staff().id)
        if isinstance(found, Problem):
            return _show(parts, asked, _WORDS[found]), 422
        flash(_words_of(found))
        return redirect(url_for("accounts.show"), 303)

    @blueprint.get("/<int:account_id>/token")
    @_needs_admin
    def show_token(account_id: int) -> str:
        return render_template("account_token.html", page=page_or_404(parts, account_id), problem="")

    @blueprint.post("/<int:account_id>/token")
    @_needs_admin
    def change_token(account_id: int) -> ResponseReturnValue:
        page, token = page_or_404(parts, account_id), request.form.get("token", "").strip()
        problem = parts.connector.change_token(page, token, by=current_staff().id)
        if problem is not None:
            return render_template("account_token.html", page=page, problem=_WORDS[problem]), 422
        flash(f"{page.name} has its new token: the platform accepted it.{_STILL_PAUSED if page.paused_at else ''}")
        return redirect(url_for("accounts.show"), 303)

    return blueprint


def _words_of(found: Connected) -> str:
    if not found.is_token_checked:
        return _UNCHECKED
    return _CHECKED if found.is_introduced else _UNSEEN


def _read() -> Application:
    fields = {name: request.form.get(name, "").strip() for name in ("page_id", "token", "name", "zone", "language")}
    return Application(**fields)


def _show(parts: ConsoleParts, asked: Application | None = None, problem: str = "") -> str:
    """The token is never shown again, not even to whoever has just typed it."""
    with parts.database.reading() as connection:
        pages = accounts.load_all(connection)
    return render_template(
        "accounts.html",
        pages=pages,
        asked=asked or Application("", "", "", "UTC", "en"),
        languages=sorted(parts.connector.languages),
        problem=problem,
    )


SECTION = Section(
    title="Pages",
    endpoint="accounts.show",
    permission=Permission.CONNECT_PAGES,
    create_blueprint=create_blueprint,
    everywhere=True,
    about="The pages that the bot speaks for: how each is set, and connecting another, in team mode at first.",
)
