"""Whether an answer is still owed when its turn has come: why it is not any more, and for what it has to wait."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from botapp.conversation import handover, trials
from botapp.conversation.answers import ATTACHMENTS, CLOSING, AnswerKind
from botapp.conversation.true_kind import DISCLOSING
from botapp.conversation.turns import OF_QUESTIONS
from botapp.policy.reason import Reason
from botapp.policy.window import Window
from botapp.reengagement.facts import thread_is_owned
from botapp.reengagement.terms import HouseRules
from botapp.storage import accounts, contacts, reengagements
from botapp.storage.accounts import Account
from botapp.storage.contacts import Contact
from botapp.storage.replies import TRIAL, Reply

_LOOK_AGAIN = timedelta(milliseconds=100)
_CONFIRMS_A_NO = frozenset(
    {AnswerKind.STOP_CONFIRMED, AnswerKind.STOP_HOLDS, AnswerKind.MUTE_CONFIRMED, AnswerKind.OPTIN_NO}
    | {AnswerKind.DELETE_CONFIRMED}
)
_STEPS_BACK = frozenset(
    {*DISCLOSING, *OF_QUESTIONS, *ATTACHMENTS, *CLOSING, AnswerKind.STICKER, AnswerKind.HELLO, AnswerKind.HELP}
    | {AnswerKind.PERSON, AnswerKind.COMPLAINT, AnswerKind.SATISFIED, AnswerKind.DISSATISFIED}
)


def answering_window(contact: Contact, reply: Reply, house: HouseRules) -> Window:
    """The platform's window. Where no event had a readable time, the arrival of what is answered stands in."""
    opened_at = contact.last_interaction_at or reply.planned_at
    return Window(opened_at, opened_at + house.window_length)


def refusal(connection: Connection, contact: Contact, reply: Reply, house: HouseRules, now: datetime) -> Reason | None:
    """Why it is not to be answered any more."""
    known = _too_late(contact, reply, house, now) or _refusal_of_trial(connection, contact, reply, house, now)
    return handover.refusal(connection, contact, reply, known, now)


def pause(
    connection: Connection, contact: Contact, account: Account, reply: Reply, house: HouseRules, now: datetime
) -> timedelta | None:
    """For how long it waits before it is looked at again; None: it may go out now."""
    if account.paused_at is not None:
        return house.hold_interval
    if reply.kind in _CONFIRMS_A_NO and _any_on_the_wire(connection, contact, house, now):
        return _LOOK_AGAIN  # "you will hear no more from us" must not be followed by what was on its way
    return None


def _too_late(contact: Contact, reply: Reply, house: HouseRules, now: datetime) -> Reason | None:
    """What no waiting can mend: the window, or a person has stepped in since it was planned."""
    if not answering_window(contact, reply, house).admits(now, house.send_allowance):
        return Reason.WINDOW_CLOSED
    if reply.kind in _STEPS_BACK and thread_is_owned(contact, house, now):
        return Reason.THREAD_OWNED
    return None


def _refusal_of_trial(
    connection: Connection, contact: Contact, reply: Reply, house: HouseRules, now: datetime
) -> Reason | None:
    """A template is tried on nobody who is not of the team by now, and against no no."""
    if reply.kind != TRIAL:
        return None
    account = accounts.load_account(connection, reply.key.account_id)
    found = trials.look(connection, account, contact, reply, house, now)
    return found if isinstance(found, Reason) else None


def _any_on_the_wire(connection: Connection, contact: Contact, house: HouseRules, now: datetime) -> bool:
    """Whether a re-engagement of this person may still arrive, whichever of their identities it is for."""
    identities = contacts.find_identities(connection, contact.person_id)
    return reengagements.any_on_the_wire(connection, identities, now - house.claim_timeout)
