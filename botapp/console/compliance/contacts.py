"""One contact, or a page itself: the timeline of its entries, its windows drawn to scale."""

import json

from flask import Blueprint, abort, render_template, request
from sqlalchemy import Connection

from botapp.console.access import requires
from botapp.console.compliance.desk import Desk, contact_or_404, sees_people, visible_pages
from botapp.console.compliance.drawing import Terms, draw
from botapp.console.compliance.form import read_number
from botapp.console.compliance.shown import show
from botapp.policy.access import Permission
from botapp.policy.window import Anchor
from botapp.storage import contacts, entries, ledger
from botapp.storage.contacts import Contact
from botapp.storage.erasure import is_erased
from botapp.storage.ledger import EntryKind
from botapp.storage.standing import ContactId
from botapp.storage.times import from_microseconds

PAGE_SIZE = 50
_DRAWN = 300
_CONTACT = "/pages/<int:account_id>/contacts/<int:contact_id>"
_ENTRY = f"{_CONTACT}/entries/<int:sequence>"


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """The timeline."""

    @blueprint.get(_CONTACT)
    @requires(Permission.READ_LOG)
    def timeline(account_id: int, contact_id: int) -> str:
        key = contact_or_404(account_id, contact_id)
        with desk.database.reading() as connection:
            now = desk.database.now(connection)
            found = entries.entries_of(connection, key, _before(), _DRAWN)
            contact = _find_contact(connection, key)
            if contact is None and not found:
                abort(404)
            shown = [show(entry) for entry in found]
            terms = _terms(connection, account_id, desk)
            pages = visible_pages(connection)
        return render_template(
            "desk_timeline.html",
            key=key,
            contact=contact,
            is_erased=contact is not None and is_erased(contact),
            pages=pages,
            terms=terms,
            drawing=draw(shown, terms, now) if contact_id else None,
            shown=shown[:PAGE_SIZE],
            older=shown[PAGE_SIZE - 1].entry.sequence if len(shown) > PAGE_SIZE else None,
            is_first="before" not in request.args,
            sees_people=sees_people(account_id),
        )


def _before() -> int | None:
    typed = request.args.get("before", "")
    return read_number(typed, "entry") if typed else None


def _find_contact(connection: Connection, key: ContactId) -> Contact | None:
    """None for the page itself, and for the installation."""
    try:
        return contacts.load_contact(connection, *key)
    except LookupError:
        return None


def _terms(connection: Connection, account_id: int, desk: Desk) -> Terms:
    """As they stand on record for the page; where none are, the platform's window from the latest interaction."""
    found = ledger.find_last_of_page(connection, account_id, EntryKind.TERMS)
    if found is None:
        return Terms(desk.house.window_length, Anchor.LATEST)
    details = json.loads(found.details)
    epoch = from_microseconds(0)
    return Terms(from_microseconds(details["window"]) - epoch, Anchor(details["anchor"]))
