"""The list of webhooks, each with its newest events, and the few things that admins do with one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from botapp.console.access import current_staff, requires
from botapp.console.pages_named import pages_of
from botapp.console.parts import ConsoleParts
from botapp.console.webhooks.adding import show_secret
from botapp.outgoing.subscriptions import Subscriptions
from botapp.policy.access import Permission
from botapp.storage import webhook_outbox, webhooks
from botapp.storage.engine import Database
from botapp.storage.webhook_outbox import Delivery
from botapp.storage.webhooks import State, Webhook

_NEWEST = 10
_LARGEST_NUMBER = 1 << 31
_ROTATE = "rotate"
_ACTS = frozenset({"pause", "resume", "test", "redeliver", "remove", _ROTATE})
_REMOVED = "It is removed; what waited for it is given up."
_TOO_LATE = "Somebody was quicker: it stands like that already, or has ended."


@dataclass(frozen=True, slots=True)
class Shown:
    """One webhook, as the page shows it."""

    webhook: Webhook
    page: str
    counts: Mapping[str, int]
    newest: Sequence[Delivery]


def add_routes(blueprint: Blueprint, parts: ConsoleParts) -> None:
    """The list, and its buttons."""
    database, subscriptions = parts.database, parts.webhooks

    @blueprint.get("/")
    @requires(Permission.MANAGE_WEBHOOKS)
    def show() -> str:
        return render_template("webhooks.html", found=_load(database))

    @blueprint.post("/pages/<int:account_id>/<int:webhook_id>")
    @requires(Permission.MANAGE_WEBHOOKS)
    def change(account_id: int, webhook_id: int) -> ResponseReturnValue:
        if max(account_id, webhook_id) >= _LARGEST_NUMBER:
            abort(404)
        with database.reading() as connection:
            found = webhooks.find(connection, account_id, webhook_id) or abort(404)
        act = request.form.get("act", "")
        secret = subscriptions.rotate(found, current_staff().id) if act == _ROTATE else None
        if secret is not None:
            return show_secret(found.name, secret, is_new=False)
        flash(_TOO_LATE if act == _ROTATE else _do(subscriptions, found, act, current_staff().id))
        return redirect(url_for("webhooks.show"), 303)


def _do(subscriptions: Subscriptions, webhook: Webhook, act: str, by: int) -> str:
    """Do it, and say what was done."""
    if act not in _ACTS:
        abort(400)
    match act:
        case "pause":
            return "It is paused." if subscriptions.pause(webhook, by) else _TOO_LATE
        case "resume":
            return "It goes on." if subscriptions.resume(webhook, by) else _TOO_LATE
        case "remove":
            return _REMOVED if subscriptions.end(webhook, "removed", by) else _TOO_LATE
        case "test" if webhook.state is State.ACTIVE:
            subscriptions.put_test(webhook)
            return "A test is on its way; reload the page in a moment to see what came of it."
        case "test":
            return _TOO_LATE
        case _:
            return f"Events that will be told again: {subscriptions.redeliver(webhook)}."


def _load(database: Database) -> list[Shown]:
    """Those in use first; of those that have ended, what came of them."""
    with database.reading() as connection:
        pages = {page.id: page.name for page in pages_of(connection, Permission.MANAGE_WEBHOOKS)}
        found = [
            Shown(
                each,
                pages[each.account_id],
                webhook_outbox.count(connection, each),
                webhook_outbox.load_newest(connection, each, _NEWEST),
            )
            for each in webhooks.load_all(connection)
            if each.account_id in pages
        ]
    return sorted(found, key=lambda each: each.webhook.state is State.ENDED)
