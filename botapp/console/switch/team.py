"""Team mode of a page: which contacts are the team's own, and two people who let it go live."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from botapp.campaign.daily_caps import DailyCaps
from botapp.campaign.team_mode import CodeBook, TeamMode, find_writer
from botapp.console.access import current_staff, may, requires
from botapp.console.pages_named import page_or_404
from botapp.console.parts import ConsoleParts
from botapp.policy.access import Permission
from botapp.policy.approval import Refusal
from botapp.policy.daily_cap import next_step
from botapp.reengagement.daily_cap import find_daily_cap
from botapp.storage import contacts, staff
from botapp.storage.accounts import Account

_ADDRESS = "/pages/<int:account_id>/team"
_WORDS = {
    Refusal.NO_REASON: "Please say why, in a sentence or two.",
    Refusal.WRONG_STAGE: "Somebody was quicker, or nobody has asked for it yet. Please look again.",
    Refusal.TOO_SOON: "The step before is less than a day old. Please see first what comes of it.",
    Refusal.SECOND_PERSON: "You asked for it: a second person lets the page go live.",
}
_NOT_FOUND = "Nobody has written that word to the page yet. Write it as a message of its own, and try again."


def add_routes(blueprint: Blueprint, parts: ConsoleParts) -> None:
    """The page, and its forms."""
    caps = DailyCaps(parts.database, parts.daily_cap_steps, 24 * parts.house.hour)
    mode, book = TeamMode(parts.database, caps.first), CodeBook(parts.cookie_key.encode())

    @blueprint.get(_ADDRESS)
    @requires(Permission.READ_CAMPAIGNS)
    def team(account_id: int) -> str:
        return _show(parts, book, page_or_404(parts, account_id))

    @blueprint.post(f"{_ADDRESS}/link")
    @requires(Permission.STOP_SENDING)
    def link(account_id: int) -> ResponseReturnValue:
        page, me = page_or_404(parts, account_id), current_staff().id
        with parts.database.reading() as connection:
            now = parts.database.now(connection)
            codes = book.codes(me, page.id, now)
            writer = find_writer(connection, page, codes, now - 2 * book.lasts, parts.inbox.read_stored)
        if writer is None:
            return _show(parts, book, page, _NOT_FOUND), 409
        mode.link(page, writer, by=me)
        return _back(account_id, "That contact is yours: it gets what the page sends in team mode.")

    @blueprint.post(f"{_ADDRESS}/unlink")
    @requires(Permission.STOP_SENDING)
    def unlink(account_id: int) -> ResponseReturnValue:
        number = mode.unlink(page_or_404(parts, account_id).id, by=current_staff().id)
        return _back(account_id, f"Contacts that are like any other again: {number}.")

    _add_steps(blueprint, parts, mode, book, caps)


def _add_steps(blueprint: Blueprint, parts: ConsoleParts, mode: TeamMode, book: CodeBook, caps: DailyCaps) -> None:
    """From team mode to live and back, and through the steps of the daily cap; each with a reason."""

    def turning(turn: Callable[..., Refusal | None], done: str) -> Callable[[int], ResponseReturnValue]:
        def turned(account_id: int) -> ResponseReturnValue:
            page = page_or_404(parts, account_id)
            refusal = turn(page.id, request.form.get("why", ""), by=current_staff().id)
            if refusal is not None:
                return _show(parts, book, page, _WORDS[refusal]), 409
            return _back(account_id, done)

        return turned

    steps = (
        ("ask", Permission.WRITE_CAMPAIGNS, mode.ask_live, "A second person can let the page go live now."),
        ("live", Permission.RESUME_SENDING, mode.go_live, "The page is live."),
        ("raise", Permission.RESUME_SENDING, caps.raise_cap, "The page begins more in a day from now on."),
        ("lower", Permission.STOP_SENDING, caps.lower_cap, "The page begins few in a day from now on."),
        ("back", Permission.STOP_SENDING, mode.back_to_team, "Only the team's own contacts get anything from now on."),
    )
    for name, permission, turn, done in steps:
        view = requires(permission)(turning(turn, done))
        blueprint.post(f"{_ADDRESS}/{name}", endpoint=f"team_{name}")(view)


def _back(account_id: int, said: str) -> ResponseReturnValue:
    flash(said)
    return redirect(url_for("switch.team", account_id=account_id), 303)


def _show(parts: ConsoleParts, book: CodeBook, page: Account, problem: str = "") -> str:
    me = current_staff().id
    with parts.database.reading() as connection:
        code = book.code(me, page.id, parts.database.now(connection))
        own = len(contacts.find_of_staff(connection, page.id, me))
        cap = find_daily_cap(connection, page, parts.database.now(connection))
        names = {member.id: member.display_name for member in staff.load_all(connection)}
    return render_template(
        "team_mode.html",
        page=page,
        code=code if may(Permission.STOP_SENDING, page.id) else None,
        minutes=int(book.lasts.total_seconds() // 60),
        own=own,
        cap=cap,
        next_cap=next_step(parts.daily_cap_steps, page.daily_cap or 0),
        first_cap=min(parts.daily_cap_steps),
        asked_by=names.get(page.live_asked_by or 0),
        asked_by_me=page.live_asked_by == me,
        problem=problem,
    )
