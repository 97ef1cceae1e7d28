"""Why somebody did or did not get the message: the decision in words, from the log, without what names anybody."""

from datetime import datetime

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from botapp.compliance.explain import Explainer, Explanation
from botapp.console.access import may, requires
from botapp.console.compliance.desk import contact_or_404
from botapp.console.compliance.shown import ShownEntry, show
from botapp.console.pages_named import page_or_404
from botapp.console.parts import ConsoleParts
from botapp.policy.access import Permission
from botapp.storage import contacts, entries
from botapp.storage.ledger import EntryKind
from botapp.storage.standing import ContactId
from botapp.storage.tally import Filter
from botapp.storage.times import from_microseconds

_LISTED = 20
_DECISIONS = (
    EntryKind.PLANNED,
    EntryKind.SENT,
    EntryKind.SKIPPED,
    EntryKind.EXPIRED,
    EntryKind.FAILED,
    EntryKind.UNKNOWN,
)
_LARGEST_INSTANT = 1 << 62


def add_routes(blueprint: Blueprint, parts: ConsoleParts) -> None:
    """Find somebody, and read why."""

    @blueprint.get("/pages/<int:account_id>/why")
    @requires(Permission.READ_CAMPAIGNS)
    def why(account_id: int) -> str:
        named = page_or_404(parts, account_id)
        with parts.database.reading() as connection:
            found = entries.search(connection, Filter({account_id}, kinds=_DECISIONS[1:]), None, _LISTED)
        return render_template("campaigns_why.html", page=named, decisions=[show(entry) for entry in found])

    @blueprint.post("/pages/<int:account_id>/why")  # a platform's id names a person, and addresses are written down
    @requires(Permission.READ_CAMPAIGNS)
    def find_why(account_id: int) -> ResponseReturnValue:
        page_or_404(parts, account_id)
        with parts.database.reading() as connection:
            person = contacts.find_by_platform_id(connection, account_id, request.form.get("person", "").strip())
        if person is None:
            flash("Nobody is known to this page by this id.")
            return redirect(url_for("campaigns.why", account_id=account_id), 303)
        return redirect(url_for("campaigns.why_not", account_id=account_id, contact_id=person.id), 303)

    @blueprint.get("/pages/<int:account_id>/why/<int:contact_id>")
    @requires(Permission.READ_CAMPAIGNS)
    def why_not(account_id: int, contact_id: int) -> str:
        named, key = page_or_404(parts, account_id), contact_or_404(account_id, contact_id)
        with parts.database.reading() as connection:
            if not contact_id or entries.find_entry(connection, key, 1) is None:
                abort(404)
            decisions = _decisions(connection, key)
            now = parts.database.now(connection)
        explainer = Explainer(parts.database, parts.house)
        return render_template(
            "campaigns_why_not.html",
            page=named,
            contact_id=contact_id,
            decisions=decisions,
            explained=_explained(explainer, key, now),
            reads_log=may(Permission.READ_LOG, account_id),
        )


def _decisions(connection: Connection, key: ContactId) -> list[ShownEntry]:
    found = entries.entries_of(connection, key, None, _LISTED, kinds=_DECISIONS)
    return [show(entry) for entry in found if entry.subject_at is not None]


def _explained(explainer: Explainer, key: ContactId, now: datetime) -> Explanation:
    """Of the silence that is asked for, else of the latest decision."""
    silence = request.args.get("silence", type=int)
    if silence is None:
        return explainer.at(key, now)
    if not 0 <= silence < _LARGEST_INSTANT:
        abort(404)
    try:
        return explainer.of_reengagement(key, from_microseconds(silence))
    except (LookupError, OverflowError):
        abort(404)
