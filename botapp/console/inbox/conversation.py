"""One conversation: what was said, what is known of the customer, and until when they can be answered."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, abort, render_template, request
from sqlalchemy import Connection

from botapp.console.access import current_staff, may, requires
from botapp.console.inbox.shown import CAUSES, STATES
from botapp.console.parts import ConsoleParts
from botapp.conversation import handover
from botapp.conversation.transcript import Line, load_transcript
from botapp.identifiers import new_token
from botapp.policy.access import Permission
from botapp.policy.consent import standing as consent_standing
from botapp.policy.suppression import Suppression
from botapp.reengagement.facts import Histories, Standings
from botapp.storage import accounts, canned_answers, contacts, erasure, handovers, staff
from botapp.storage.accounts import Account
from botapp.storage.canned_answers import CannedAnswer
from botapp.storage.contacts import Contact
from botapp.storage.handovers import Handover, HandoverKey

ADDRESS = "/pages/<int:account_id>/contacts/<int:contact_id>/<int:number>"


@dataclass(frozen=True, slots=True)
class _Shown:
    """All that the page shows, read in one go."""

    contact: Contact
    page: Account
    found: Handover
    lines: list[Line]
    noes: list[Suppression]
    consent: str
    facts: dict[str, str]
    canned: list[CannedAnswer]
    names: dict[int, str]
    said_stop_last: bool
    now: datetime


def key_or_404(account_id: int, contact_id: int, number: int) -> HandoverKey:
    """Numbers as the databases hold them; others name nothing."""
    if account_id >= 1 << 31 or contact_id >= 1 << 63 or number >= 1 << 63:
        abort(404)
    return HandoverKey(account_id, contact_id, number)


def add_routes(blueprint: Blueprint, parts: ConsoleParts) -> None:
    """The page, and its form with a canned answer in it."""

    @blueprint.get(ADDRESS)
    @requires(Permission.READ_LOG)
    def conversation(account_id: int, contact_id: int, number: int) -> str:
        return show_conversation(parts, key_or_404(account_id, contact_id, number))


def show_conversation(parts: ConsoleParts, key: HandoverKey, problem: str = "", draft: str = "") -> str:
    """The page; with a problem, and what was written when it came up."""
    with parts.database.reading() as connection:
        shown = _load(connection, parts, key)
    me = current_staff().id
    return render_template(
        "inbox_conversation.html",
        shown=shown,
        until=handover.answer_until(shown.contact, parts.house),
        target=parts.inbox.target,
        causes=CAUSES,
        states=STATES,
        may_answer=may(Permission.OPERATE, key.account_id),
        is_mine=shown.found.state == "claimed" and shown.found.staff_id == me,
        nonce=new_token(),
        problem=problem,
        draft=draft or _chosen(shown.canned),
        limit=parts.house.text_limit - 1,
    )


def _load(connection: Connection, parts: ConsoleParts, key: HandoverKey) -> _Shown:
    found = handovers.find(connection, key)
    contact = contacts.load_contact(connection, *key.contact) if found else None
    if found is None or contact is None or erasure.is_erased(contact):
        abort(404)
    page, now = accounts.load_account(connection, key.account_id), parts.database.now(connection)
    standings, known = Standings(connection, [key.contact]), Histories(connection, [contact], parts.house)
    in_force = [s for s in standings.suppressions(key.contact).values() if s.is_in_force(now)]
    consent = consent_standing(standings.consents(key.contact))
    return _Shown(
        contact=contact,
        page=page,
        found=found,
        lines=load_transcript(connection, contact, page, parts.inbox.read_stored),
        noes=sorted(in_force, key=lambda s: s.scope),
        consent=consent.value if consent else "",
        facts=known.facts(key.contact, now),
        canned=canned_answers.load_of_page(connection, key.account_id),
        names={member.id: member.display_name for member in staff.load_all(connection)},
        said_stop_last=handover.said_stop_last(connection, contact, now),
        now=now,
    )


def _chosen(canned: list[CannedAnswer]) -> str:
    """The canned answer that was chosen without JavaScript: it is put into the form, to be read before it is sent."""
    wanted = request.args.get("canned", "")
    return next((each.text for each in canned if f"{each.language}:{each.name}" == wanted), "")
