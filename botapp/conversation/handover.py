"""A person takes over: asked for, after two failures in a row, or on a complaint; and how the thread comes back.

From that moment the thread belongs to a person: the bot is silent, and nothing proactive is claimed, because the claim
reads the owner under the same lock. What a person of the team does is in `desk`, what time does in `handover_rounds`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from botapp.channels.port import InboundEvent
from botapp.conversation.change import Change, Folding
from botapp.policy.reason import Reason
from botapp.policy.suppression import ERASURE, STOP
from botapp.policy.window import clamp
from botapp.reengagement.facts import Standings, thread_is_owned
from botapp.reengagement.terms import HouseRules
from botapp.storage import accounts, contacts, handovers, ledger
from botapp.storage.accounts import Account
from botapp.storage.contacts import Contact
from botapp.storage.handovers import Cause, Handover, HandoverState, Outcome
from botapp.storage.ledger import Entry, EntryKind
from botapp.storage.replies import BY_STAFF, Reply
from botapp.understanding.wish import Understood, Wish

LATE = "person_late"  # the kind of the answer that tells a customer who waits for a person
_ANNOUNCED = "person"  # and the one that tells them that one will come
PLATFORM_INBOX = "platform"  # a page's setting: people answer in the platform's own inbox
_NOBODY_CAME = (HandoverState.QUEUED, HandoverState.PASSING)
_ENDED = {Outcome.HANDED_BACK: HandoverState.HANDED_BACK, Outcome.CUSTOMER_LEFT: HandoverState.HANDED_BACK}


def fold_handover(change: Change, event: InboundEvent, cause: Cause, folding: Folding) -> bool:
    """In the webhook: a person is to take over. Who has one already, or waits for one, keeps them for longer: False.

    To be called when the answer to the event is planned, so that this one still goes out.
    """
    contact = change.contact
    at = _happened_at(contact, event, folding)
    if thread_is_owned(contact, folding.house, folding.received_at):
        change.entries.append(_owner(contact.thread_owner, at, event.key))
        change.contact = contact._replace(thread_owned_at=at)
        return False
    number = change.before.ledger_sequence + len(change.entries) + 1
    change.entries += _requested(cause, folding.received_at, at, event.key)
    change.handovers.append(_row(contact, number, cause, folding.received_at))
    change.standing_changed |= contact.last_interaction_at is not None
    change.contact = contact._replace(thread_owner="person", thread_owned_at=at)
    return True


def fold_wish_for_person(change: Change, event: InboundEvent, understood: Understood, folding: Folding) -> None:
    """Who asks for a person gets one; the answer that says so is planned already."""
    if Wish.PERSON in (understood.wish, *understood.also):
        fold_handover(change, event, Cause.ASKED, folding)


def fold_return(change: Change, event: InboundEvent, understood: Understood, folding: Folding) -> None:
    """Who chose to go on with the bot is answered by it, and it introduces itself again.

    Only for what came by way of our own control: in the platform's inbox it is for people there to decide.
    """
    contact = change.contact
    if understood.wish is not Wish.BOT or contact.thread_owner != "person" or _is_overtaken(contact, event):
        return
    at = _happened_at(contact, event, folding)
    change.entries.append(_owner("bot", at, event.key))
    change.standing_changed |= contact.last_interaction_at is not None
    change.contact = contact._replace(thread_owner="bot", thread_owned_at=at, disclosed_at=None)
    change.left_person = True


def write(connection: Connection, touched: Sequence[Change], pages: Mapping[int, Account], now: datetime) -> None:
    """Inside the one write path, before its entries are numbered: what was asked for, answered and given back."""
    rows = [_placed(row, pages[row["account_id"]]) for change in touched for row in change.handovers]
    handovers.store_new(connection, rows)
    changed = (change for change in touched if change.contact.answered_at != change.before.answered_at)
    handovers.mark_answered(connection, {c.key: at for c in changed if (at := c.contact.answered_at) is not None})
    for change in touched:
        before, after = change.before, change.contact
        if after.thread_owner == "bot" and (before.thread_owner != "bot" or change.left_person):
            outcome = Outcome.CUSTOMER_LEFT if change.left_person else Outcome.HANDED_BACK
            found = handovers.find_open(connection, change.key)
            if found is not None:
                change.entries += end(connection, found, outcome, now)


def request_handover(
    connection: Connection, contact: Contact, cause: Cause, event_key: str, house: HouseRules, now: datetime
) -> bool:
    """Outside the webhook, for a locked contact; False where somebody else has the thread already.

    Writes the contact's entries and owner itself: whoever calls reads the contact again before writing more of it.
    """
    contact = contacts.load_contact(connection, contact.account_id, contact.id)
    if thread_is_owned(contact, house, now):
        return False
    page = accounts.load_account(connection, contact.account_id)
    row = _row(contact, contact.ledger_sequence + 1, cause, now)
    handovers.store_new(connection, [_placed(row, page)])
    at = _no_earlier(contact, now)
    entries = _requested(cause, now, at, event_key)
    ledger.append(connection, contact, entries, now, thread_owner="person", thread_owned_at=at)
    return True


def end(
    connection: Connection, found: Handover, outcome: Outcome, now: datetime, *, by: int | None = None
) -> list[Entry]:
    """End an open hand-over of a locked contact; its entry, none if it had moved on."""
    target = _ENDED.get(outcome, HandoverState.CLOSED)
    if not handovers.move(connection, found.key, found.state, target, ended_at=now, outcome=outcome):
        return []
    return [entry_of(EntryKind.HANDOVER_ENDED, found, now, reason=outcome, by=by)]


def entry_of(
    kind: EntryKind,
    found: Handover,
    now: datetime,
    *,
    reason: str | None = None,
    by: int | None = None,
    taken_from: int | None = None,
) -> Entry:
    """An entry about a hand-over: its number, and those of staff; never a word of anybody's."""
    numbers = {"handover": found.key.number, "by": by, "taken_from": taken_from}
    return Entry(kind, now, reason, details={name: value for name, value in numbers.items() if value is not None})


def owned_by(owner: str, contact: Contact, now: datetime) -> tuple[Entry, dict[str, Any]]:
    """The thread of a locked contact changes hands: its entry, and the columns that become true with it."""
    at = _no_earlier(contact, now)
    changes: dict[str, Any] = {"thread_owner": owner, "thread_owned_at": at}
    if owner == "bot" and contact.thread_owner != "bot":
        changes["disclosed_at"] = None  # who was talking with a person must be told again that a machine answers
        changes["planned_generation"] = 0  # what waited for the thread is planned anew
    return _owner(owner, at), changes


def refusal(
    connection: Connection, contact: Contact, reply: Reply, known: Reason | None, now: datetime
) -> Reason | None:
    """Why an answer is not to go out any more, `known` to be so, or by what concerns people who answer.

    What was planned before a person was asked for is said until one comes: it may be that one will.
    """
    if known is Reason.THREAD_OWNED:
        found = _find_waiting(connection, contact)
        is_said = found is not None and (reply.kind == _ANNOUNCED or reply.planned_at <= found.requested_at)
        return None if is_said else known
    if known is not None or reply.kind not in (BY_STAFF, LATE):
        return known
    if said_stop_last(connection, contact, now):
        return Reason.STOPPED
    is_outdated = reply.kind == LATE and _find_waiting(connection, contact) is None
    return Reason.THREAD_OWNED if is_outdated else None


def said_stop_last(connection: Connection, contact: Contact, now: datetime) -> bool:
    """Whether a STOP in force is the last that they said, or their data are being deleted."""
    key, last_at = (contact.account_id, contact.id), contact.last_interaction_at
    known = Standings(connection, [key]).suppressions(key)
    in_force = {
        scope: known[scope].set_at for scope in (STOP, ERASURE) if scope in known and known[scope].is_in_force(now)
    }
    stopped_at = in_force.get(STOP)
    return ERASURE in in_force or (stopped_at is not None and (last_at is None or stopped_at >= last_at))


def answered(connection: Connection, contact: Contact, reply: Reply, now: datetime) -> list[Entry]:
    """The platform took what a person wrote: the customer is answered, and nobody has to remind them of us."""
    if reply.kind != BY_STAFF:
        return []
    handovers.mark_answered(connection, {(contact.account_id, contact.id): now})
    at = max(now, contact.answered_at or now)
    contacts.change_contact(connection, contact.account_id, contact.id, answered_at=at)
    return [Entry(EntryKind.ANSWERED, occurred_at=at, evidence_key=reply.key.event_key, details={"by": "person"})]


def answer_until(contact: Contact, house: HouseRules) -> datetime | None:
    """Until when an answer may begin; None for somebody whose window nobody can tell."""
    if contact.last_interaction_at is None:
        return None
    return contact.last_interaction_at + house.window_length - house.send_allowance


def _find_waiting(connection: Connection, contact: Contact) -> Handover | None:
    """The open hand-over of somebody to whom nobody has come yet."""
    found = handovers.find_open(connection, (contact.account_id, contact.id))
    return found if found is not None and found.state in _NOBODY_CAME else None


def _requested(cause: Cause, now: datetime, owned_at: datetime, event_key: str) -> Iterable[Entry]:
    yield Entry(EntryKind.HANDOVER_REQUESTED, occurred_at=now, reason=cause, evidence_key=event_key)
    yield _owner("person", owned_at, event_key)


def _owner(owner: str, at: datetime, event_key: str | None = None) -> Entry:
    return Entry(EntryKind.THREAD_OWNER, occurred_at=at, evidence_key=event_key, details={"owner": owner})


def _row(contact: Contact, number: int, cause: Cause, at: datetime) -> dict[str, Any]:
    return {
        "account_id": contact.account_id,
        "contact_id": contact.id,
        "number": number,
        "cause": cause,
        "requested_at": at,
        "not_before": at,
    }


def _placed(row: dict[str, Any], page: Account) -> dict[str, Any]:
    is_platform = page.handover == PLATFORM_INBOX
    return {**row, "state": HandoverState.PASSING if is_platform else HandoverState.QUEUED}


def _happened_at(contact: Contact, event: InboundEvent, folding: Folding) -> datetime:
    """When the thread changed hands: as windows do, that counts from the platform's time."""
    return _no_earlier(contact, clamp(event.occurred_at or folding.received_at, folding.received_at))


def _is_overtaken(contact: Contact, event: InboundEvent) -> bool:
    """Delivered late: since then they have said something, and the thread has come to whoever has it."""
    known = (contact.last_interaction_at, contact.thread_owned_at)
    return event.occurred_at is not None and all(at is not None and event.occurred_at < at for at in known)


def _no_earlier(contact: Contact, at: datetime) -> datetime:
    """Owners follow each other in time, also where the clocks of two processes differ."""
    return max(at, contact.thread_owned_at or at)
