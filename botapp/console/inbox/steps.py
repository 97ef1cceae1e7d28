"""The buttons of a conversation: take it on, answer, hand back, close."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from botapp.console.access import current_staff, requires
from botapp.console.inbox.conversation import ADDRESS, key_or_404, show_conversation
from botapp.console.numbers import read_number
from botapp.console.parts import ConsoleParts
from botapp.conversation.desk import Refusal
from botapp.policy.access import Permission
from botapp.storage.handovers import HandoverKey

_LONGEST_NONCE = 100
_WORDS = {
    Refusal.TAKEN: "Somebody else was faster, or this conversation is over. This is how it stands now.",
    Refusal.NOT_YOURS: "Take the conversation on first.",
    Refusal.WINDOW_CLOSED: "The platform's window has closed: nothing can be sent until the customer writes again.",
    Refusal.SAID_STOP: "The last that this customer said is STOP. Nothing is sent until they write again.",
    Refusal.EMPTY: "Write something first.",
    Refusal.TOO_LONG: "That is longer than the platform takes. Please send it in parts.",
}


def add_routes(blueprint: Blueprint, parts: ConsoleParts) -> None:
    """Each for those who may operate the page; without JavaScript, too."""
    desk = parts.inbox.desk

    @blueprint.post(f"{ADDRESS}/claim")
    @requires(Permission.OPERATE)
    def claim(account_id: int, contact_id: int, number: int) -> ResponseReturnValue:
        key = key_or_404(account_id, contact_id, number)
        refusal = desk.claim(key, current_staff().id, read_number(request.form.get("known", "")))
        return _go_on(parts, key, refusal, "The conversation is yours.")

    @blueprint.post(f"{ADDRESS}/answer")
    @requires(Permission.OPERATE)
    def answer(account_id: int, contact_id: int, number: int) -> ResponseReturnValue:
        key = key_or_404(account_id, contact_id, number)
        text = request.form.get("text", "").replace("\r\n", "\n")
        nonce = request.form.get("nonce", "")[:_LONGEST_NONCE]
        refusal = desk.answer(key, current_staff().id, text, nonce)
        return _go_on(parts, key, refusal, "", text)

    @blueprint.post(f"{ADDRESS}/hand-back")
    @requires(Permission.OPERATE)
    def hand_back(account_id: int, contact_id: int, number: int) -> ResponseReturnValue:
        key = key_or_404(account_id, contact_id, number)
        return _leave(parts, key, desk.hand_back(key, current_staff().id), "The bot goes on with this customer.")

    @blueprint.post(f"{ADDRESS}/close")
    @requires(Permission.OPERATE)
    def close(account_id: int, contact_id: int, number: int) -> ResponseReturnValue:
        key = key_or_404(account_id, contact_id, number)
        return _leave(parts, key, desk.close(key, current_staff().id), "The conversation is closed.")

    @blueprint.post(f"{ADDRESS}/take-back")
    @requires(Permission.OPERATE)
    def take_back(account_id: int, contact_id: int, number: int) -> ResponseReturnValue:
        key = key_or_404(account_id, contact_id, number)
        said = "The platform is asked for the conversation; the bot goes on as soon as it has it."
        return _go_on(parts, key, desk.take_back(key, current_staff().id), said)


def _go_on(
    parts: ConsoleParts, key: HandoverKey, refusal: Refusal | None, done: str, draft: str = ""
) -> ResponseReturnValue:
    """Back to the conversation, where one may write at once; what was written is not lost by a refusal."""
    if refusal is not None:
        return show_conversation(parts, key, _WORDS[refusal], draft), 409
    if done:
        flash(done)
    conversation = url_for(
        "inbox.conversation",
        account_id=key.account_id,
        contact_id=key.contact_id,
        number=key.number,
        _anchor="text",
    )
    return redirect(conversation, 303)


def _leave(parts: ConsoleParts, key: HandoverKey, refusal: Refusal | None, done: str) -> ResponseReturnValue:
    """Back to the list."""
    if refusal is not None:
        return show_conversation(parts, key, _WORDS[refusal]), 409
    flash(done)
    return redirect(url_for("inbox.queue"), 303)
