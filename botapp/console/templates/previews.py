"""A template as customers read it: made-up ones of every trying kind, those who wrote last, and one that was chosen."""

from collections.abc import Iterable

from flask import abort
from sqlalchemy import Connection

from botapp.campaign.preview import Filled, filled, with_way_out, worst_cases
from botapp.console.access import may
from botapp.console.parts import ConsoleParts
from botapp.conversation.way_out import WaysOut
from botapp.policy.access import Permission
from botapp.policy.wording import Wordings, spoken
from botapp.reengagement.facts import Histories, Known, Standings, contact_facts
from botapp.storage import contacts, inbound_events
from botapp.storage.accounts import Account
from botapp.storage.contacts import Contact

_LARGEST_CONTACT_ID = 1 << 63
_MOST_DIGITS = 19
_WROTE_LAST = 3


def previews(parts: ConsoleParts, page: Account, wordings: Wordings) -> dict[str, list[Filled]]:
    """The worst cases in each language, with the way out as it is sent."""
    with parts.database.reading() as connection:
        shown = _as_sent(parts, connection, page, wordings)
    return {language: worst_cases(wording) for language, wording in shown.items()}


def of_customers(
    parts: ConsoleParts, connection: Connection, page: Account, wordings: Wordings, asked: str
) -> list[Filled]:
    """The template for a customer chosen by number, else for those who wrote last; for whom may read about people."""
    if not may(Permission.READ_LOG, page.id):
        return []
    shown = _as_sent(parts, connection, page, wordings)
    found = [_chosen(connection, page, asked)] if asked else _who_wrote_last(connection, page)
    return list(_filled(parts, connection, page, shown, found))


def _as_sent(parts: ConsoleParts, connection: Connection, page: Account, wordings: Wordings) -> Wordings:
    ways_out = WaysOut(parts.inbox.desk.page_texts)
    return {
        language: with_way_out(wording, ways_out.button(connection, page, language).title)
        for language, wording in wordings.items()
    }


def _chosen(connection: Connection, page: Account, asked: str) -> Contact:
    is_number = asked.isascii() and asked.isdecimal() and len(asked) <= _MOST_DIGITS
    if not is_number or int(asked) >= _LARGEST_CONTACT_ID:
        abort(404)
    try:
        return contacts.load_contact(connection, page.id, int(asked))
    except LookupError:
        abort(404)


def _who_wrote_last(connection: Connection, page: Account) -> list[Contact]:
    named = inbound_events.find_latest_writers(connection, page.id, _WROTE_LAST)
    found = (contacts.find_by_platform_id(connection, page.id, each) for each in named)
    return [contact for contact in found if contact is not None]


def _filled(
    parts: ConsoleParts, connection: Connection, page: Account, wordings: Wordings, people: Iterable[Contact]
) -> Iterable[Filled]:
    """In the language that each of them would get."""
    now = parts.database.now(connection)
    for contact in people:
        known = Known(Standings(connection, [(page.id, contact.id)]), Histories(connection, [contact], parts.house))
        values = contact_facts(contact, page, known, parts.house, now, answer_pending=False).values
        language, wording = spoken(wordings, (contact.language, page.language))
        yield filled(f"Customer {contact.id}", wording, values, language)
