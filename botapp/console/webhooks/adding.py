"""The form that adds a webhook. Its secret is shown on the answer, and nowhere again."""

from dataclasses import dataclass

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from botapp.console.access import current_staff, requires
from botapp.console.pages_named import chosen_page, pages_of
from botapp.console.parts import ConsoleParts
from botapp.outgoing.subscriptions import Refused
from botapp.policy.access import Permission
from botapp.policy.webhook_event import EventType

EVENTS = {
    EventType.SENT: "a message was sent: the platform took it",
    EventType.REPLIED: "the customer replied, or pressed a button, within a window's length",
    EventType.CONVERTED: "a conversion is put down to a message",
    EventType.STOPPED: "a customer wants no more: of everything, of notifications or of a topic",
}
_FIELDS = {"name": "The name", "url": "The URL", "events": "The choice of events"}


@dataclass(frozen=True, slots=True)
class Typed:
    """The form as it was filled in. All events are ticked at first."""

    account_id: int = 0
    name: str = ""
    url: str = ""
    events: frozenset[EventType] = frozenset(EventType)

    @staticmethod
    def of_request() -> "Typed":
        """What no form of ours sends is left out."""
        form = request.form
        events = frozenset(EventType(each) for each in form.getlist("events") if each in set(EventType))
        account_id = form.get("page", default=0, type=int)
        return Typed(account_id, form.get("name", "").strip(), form.get("url", "").strip(), events)


def add_routes(blueprint: Blueprint, parts: ConsoleParts) -> None:
    """The form, and what became of it."""

    @blueprint.get("/new")
    @requires(Permission.MANAGE_WEBHOOKS)
    def new() -> str:
        return _form(parts, Typed())

    @blueprint.post("/new")
    @requires(Permission.MANAGE_WEBHOOKS)
    def add() -> ResponseReturnValue:
        page, typed = chosen_page(parts, Permission.MANAGE_WEBHOOKS), Typed.of_request()
        added = parts.webhooks.add(page.id, typed.name, typed.url, typed.events, current_staff().id)
        if isinstance(added, Refused):
            return _form(parts, typed, f"{_FIELDS[added.field]} {added.words}."), 422
        return show_secret(added.webhook.name, added.secret, is_new=True)


def show_secret(name: str, secret: str, *, is_new: bool) -> str:
    """The one page on which a secret stands. Never by redirect: it would have to be kept for that."""
    return render_template("webhook_secret.html", name=name, secret=secret, is_new=is_new)


def _form(parts: ConsoleParts, typed: Typed, problem: str = "") -> str:
    with parts.database.reading() as connection:
        pages = pages_of(connection, Permission.MANAGE_WEBHOOKS)
    return render_template("webhook_new.html", pages=pages, typed=typed, events=EVENTS, problem=problem)
