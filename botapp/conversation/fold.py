"""Folds events into one locked contact: what changes, which entries, which answer. Touches no database."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from botapp.channels.port import InboundEvent, Signal
from botapp.conversation.about import A_QUESTION, instead_of_greeting
from botapp.conversation.answers import AnswerKind, language_of_question
from botapp.conversation.change import Change, Folding
from botapp.conversation.consents import record_consent
from botapp.conversation.handover import fold_return, fold_wish_for_person
from botapp.conversation.preferences import fold_preference, menu_owed, topic_said
from botapp.conversation.privacy_wishes import fold_privacy_wish
from botapp.conversation.retracting import fold_retraction, is_answered_anew
from botapp.conversation.satisfaction import fold_satisfaction, tapped
from botapp.conversation.suppressing import be_quiet, lift_suppression, set_suppression, withdrawn_at
from botapp.conversation.true_kind import DISCLOSING
from botapp.conversation.turns import is_question, language_of_courtesy, plain_kind
from botapp.conversation.voiding import fold_complaint
from botapp.policy.consent import ConsentRecord, ConsentState
from botapp.policy.reason import UNDONE_BY_A_YES, Reason
from botapp.policy.suppression import MUTE, NOTICES, STOP, TOPIC, stopped
from botapp.policy.window import clamp
from botapp.reengagement.facts import interactions_of, thread_is_owned
from botapp.storage.ledger import Entry, EntryKind
from botapp.understanding.wish import Understood, Wish

# Said even beside a person who talks with the customer: it concerns what we do on our own.
_ALWAYS_CONFIRMED = frozenset(
    {Wish.STOP, Wish.TOPIC_STOP, Wish.MUTE, Wish.START, Wish.OPT_IN, Wish.OPT_OUT_OF_QUESTION}
    | {Wish.DATA, Wish.DELETE, Wish.DELETE_CONFIRMED, Wish.WHY}
    | {Wish.PREFERENCE}
    | {Wish.PERSON}  # to who asks again while they wait; once a person is there, it is not sent after all
)
_ASKED_ABOUT = frozenset({Wish.STOP, Wish.TOPIC_STOP, Wish.MUTE, Wish.RETURN})  # where it is not sure
_CONFIRMATIONS = {
    Wish.STOP: AnswerKind.STOP_CONFIRMED,
    Wish.TOPIC_STOP: AnswerKind.STOP_CONFIRMED,
    Wish.MUTE: AnswerKind.MUTE_CONFIRMED,
    Wish.START: AnswerKind.START_CONFIRMED,
    Wish.GO_ON: AnswerKind.START_CONFIRMED,
    Wish.OPT_IN: AnswerKind.OPTIN_YES,
    Wish.OPT_OUT_OF_QUESTION: AnswerKind.OPTIN_NO,
    Wish.HELP: AnswerKind.HELP,
    Wish.PERSON: AnswerKind.PERSON,
    Wish.DATA: AnswerKind.DATA,
    Wish.DELETE: AnswerKind.DELETE_ASKED,
    Wish.DELETE_CONFIRMED: AnswerKind.DELETE_CONFIRMED,
    Wish.WHY: AnswerKind.WHY,
    Wish.COMPLAINT: AnswerKind.COMPLAINT,
}


def fold_person_event(change: Change, event: InboundEvent, understood: Understood, folding: Folding) -> None:
    """Something the person did: an interaction, a wish, and the answer that it is owed."""
    is_owed = event.wants_answer or is_answered_anew(event, understood)
    if event.signal is Signal.INTERACTION:
        _fold_interaction(change, event, folding)
    elif is_owed:
        change.entries.append(Entry(EntryKind.REPLY_PLANNED, occurred_at=event.occurred_at, evidence_key=event.key))
    if understood.language and understood.wish and change.contact.language_chosen_at is None:
        change.contact = change.contact._replace(language=understood.language)
    fold_retraction(change, event, understood)
    _fold_wish(change, event, understood, folding)
    fold_complaint(change, event, understood, folding)
    fold_satisfaction(change, event, folding)
    if Wish.STOP in understood.also:  # "delete my data and never write to me again"
        _fold_no(change, event, replace(understood, wish=Wish.STOP), folding)
    if is_owed and not event.standby:
        fold_return(change, event, understood, folding)
        _owe_answer(change, event, understood, folding)
        fold_wish_for_person(change, event, understood, folding)


def fold_withdrawal(change: Change, event: InboundEvent, understood: Understood, folding: Folding) -> None:
    """A stop said through another linked identity of the same person."""
    if Wish.STOP not in (understood.wish, *understood.also):  # of some messages
        set_suppression(change, topic_said(understood, folding), withdrawn_at(event, folding), None, event.key)
        change.withdrawn = True
        return
    set_suppression(change, STOP, withdrawn_at(event, folding), None, event.key)
    _record(change, ConsentState.WITHDRAWN, withdrawn_at(event, folding), event, understood, "linked_identity")
    change.withdrawn = True


def fold_notice(change: Change, event: InboundEvent, folding: Folding) -> None:
    """The person used the platform's own switch for notifications; any other event changes nothing."""
    if event.signal is Signal.NOTICE_STOPPED:
        set_suppression(change, NOTICES, withdrawn_at(event, folding), None, event.key)
        change.withdrawn = True
    elif event.signal is Signal.NOTICE_RESUMED and event.occurred_at is not None:
        lift_suppression(change, NOTICES, clamp(event.occurred_at, folding.received_at), event.key)


def fold_thread_owner(change: Change, owner: str, event: InboundEvent, folding: Folding) -> None:
    """Control of the thread passed, or somebody else wrote into it."""
    at = clamp(event.occurred_at or folding.received_at, folding.received_at)
    contact = change.contact
    known_at = contact.thread_owned_at
    if known_at is not None and (at < known_at or (at == known_at and owner == "bot")):
        return  # delivered late: a newer owner is known. Of two of the same instant it is not us
    if contact.thread_owner != owner or known_at != at:  # the same owner again: until when the bot is silent moves
        change.entries.append(
            Entry(EntryKind.THREAD_OWNER, occurred_at=at, evidence_key=event.key, details={"owner": owner})
        )
    if contact.thread_owner != owner:
        change.standing_changed |= contact.last_interaction_at is not None
    # Who was talking with a person and is handed back must be told again that a machine answers.
    disclosed_at = None if owner == "bot" and contact.thread_owner != "bot" else contact.disclosed_at
    change.contact = contact._replace(thread_owner=owner, thread_owned_at=at, disclosed_at=disclosed_at)


def fold_standby(change: Change, event: InboundEvent, folding: Folding) -> None:
    """A copy for apps that do not control the thread: somebody else does (platform-reference 1.6, `standby`)."""
    if event.standby and event.signal is not Signal.THREAD_OWNER:
        known = change.contact.thread_owner
        fold_thread_owner(change, "other_app" if known == "bot" else known, event, folding)


def _fold_interaction(change: Change, event: InboundEvent, folding: Folding) -> None:
    details: dict[str, Any] = {"kind": event.kind}
    if event.standby:
        details["standby"] = True
    if event.occurred_at is None:
        # Nobody can tell when it was; it is answered, but it opens nothing.
        change.entries.append(Entry(EntryKind.INTERACTION, evidence_key=event.key, details=details))
        return
    at = clamp(event.occurred_at, folding.received_at)
    contact = change.contact
    folded = interactions_of(contact).with_interaction(at, folding.house.window_length)
    change.interactions.append(at)
    change.entries.append(Entry(EntryKind.INTERACTION, occurred_at=at, evidence_key=event.key, details=details))
    if contact.unreachable_since is not None and at > contact.unreachable_since:
        contact = contact._replace(unreachable_since=None)
        reached = Entry(EntryKind.REACHABILITY, occurred_at=at, evidence_key=event.key, details={"reachable": True})
        change.entries.append(reached)
    change.contact = contact._replace(
        last_interaction_at=folded.last_at,
        conversation_started_at=folded.conversation_started_at,
        earlier_interaction_at=folded.earlier_last_at,
    )


def _fold_wish(change: Change, event: InboundEvent, understood: Understood, folding: Folding) -> None:
    occurred_at = clamp(event.occurred_at, folding.received_at) if event.occurred_at else None
    match understood.wish:
        case Wish.START if occurred_at is not None:
            scopes = {STOP: None, MUTE: None, NOTICES: None} | change.standings.suppressions(change.key)
            for scope in [name for name in scopes if name in {STOP, TOPIC, MUTE, NOTICES}]:
                lift_suppression(change, scope, occurred_at, event.key)
            change.undone = UNDONE_BY_A_YES
            _record(change, ConsentState.GIVEN, occurred_at, event, understood, understood.method)
            asked_before = change.contact.asked_for_more_at
            asked_at = max(occurred_at, asked_before) if asked_before else occurred_at
            change.contact = change.contact._replace(asked_for_more_at=asked_at)
        case Wish.OPT_IN if occurred_at is not None:
            change.undone = UNDONE_BY_A_YES
            _record(change, ConsentState.GIVEN, occurred_at, event, understood, understood.method)
        case Wish.PREFERENCE if understood.preference is not None:
            fold_preference(change, event, understood.preference, folding)
        case Wish.GO_ON if occurred_at is not None:
            lift_suppression(change, MUTE, occurred_at, event.key)
        case _:
            _fold_no(change, event, understood, folding)


def _fold_no(change: Change, event: InboundEvent, understood: Understood, folding: Folding) -> None:
    at = withdrawn_at(event, folding)
    if understood.is_ambiguous:
        be_quiet(change, event, timedelta(days=folding.house.scale), folding)
    match understood.wish:
        case Wish.STOP | Wish.TOPIC_STOP | Wish.MUTE if understood.is_ambiguous:
            return
        case Wish.STOP:
            set_suppression(change, STOP, at, None, event.key)
            _record(change, ConsentState.WITHDRAWN, at, event, understood, understood.method)
        case Wish.TOPIC_STOP:
            set_suppression(change, topic_said(understood, folding), at, None, event.key)
        case Wish.MUTE:
            set_suppression(change, MUTE, at, mute_until(understood, at, folding), event.key)
        case Wish.OPT_OUT_OF_QUESTION:
            _record(change, ConsentState.REFUSED, at, event, understood, understood.method)
        case _:
            fold_privacy_wish(change, event, understood.wish, folding)
            return
    change.withdrawn = True


def mute_until(understood: Understood, at: datetime, folding: Folding) -> datetime | None:
    """The end of a mute; None for one without an end. Its length scales with the day like every other."""
    end = understood.mute_end(at, folding.zone)
    return at + (end - at) * folding.house.scale if end else None


def _record(
    change: Change, state: ConsentState, at: datetime, event: InboundEvent, understood: Understood, method: str | None
) -> None:
    record = ConsentRecord(state, at, understood.version)
    language = understood.language or language_of_question(understood.version)
    record_consent(change, record, method, evidence_key=event.key, language=language)


def _owe_answer(change: Change, event: InboundEvent, understood: Understood, folding: Folding) -> None:
    contact, at = change.contact, folding.received_at
    confirmation = _CONFIRMATIONS.get(understood.wish) if understood.wish else None
    silent = understood.wish not in _ALWAYS_CONFIRMED and thread_is_owned(contact, folding.house, at)
    if understood.wish is Wish.RETURN and stopped(change.standings.suppressions(change.key).values(), at):
        confirmation = AnswerKind.STOP_HOLDS  # it takes a START, and this answer has the button
    elif understood.is_ambiguous and understood.wish in _ASKED_ABOUT:
        confirmation = AnswerKind.STOP_ASKED
    kind = menu_owed(understood, folding) or confirmation or _answer_kind(change, event, folding)
    is_heard = kind is AnswerKind.STOP_ASKED and understood.method != "likeness"  # a no, by the lists themselves
    is_asking = understood.wish is not Wish.BOT and not is_heard and is_question(event, kind, folding.courtesies)
    about = A_QUESTION if is_asking else None
    if kind in DISCLOSING and not is_asking:
        about = instead_of_greeting(_kind_alone(change, event, folding))
    until = None
    if understood.wish is Wish.MUTE:
        until = mute_until(understood, withdrawn_at(event, folding), folding)
    change.replies.append(
        {
            "account_id": contact.account_id,
            "contact_id": contact.id,
            "event_key": event.key,
            "position": change.before.ledger_sequence + len(change.entries),
            "kind": kind.value,
            "about": about,
            "language": contact.language or language_of_courtesy(event, folding.courtesies) or folding.default_language,
            "until": until,
            "state": "skipped" if silent else "planned",
            "reason": Reason.THREAD_OWNED.value if silent else None,
            "planned_at": at,
            "not_before": min(at, event.occurred_at or at),  # at once, also by a clock that is behind this host's
        }
    )
    if silent:
        skipped = Entry(EntryKind.REPLY_SKIPPED, reason=Reason.THREAD_OWNED, evidence_key=event.key)
        change.entries.append(skipped)


def _answer_kind(change: Change, event: InboundEvent, folding: Folding) -> AnswerKind:
    """Automation is disclosed at first contact and after a lapse (platform-reference 3.2)."""
    disclosed_at, last_at = change.contact.disclosed_at, change.before.last_interaction_at
    started_at = change.contact.conversation_started_at
    if disclosed_at is None:
        return AnswerKind.GREETING
    lapsed = last_at is None or folding.received_at - last_at >= folding.house.disclosure_lapse
    missed = started_at is not None and disclosed_at < started_at  # what was to disclose it again did not go out
    if (lapsed or missed) and folding.received_at - disclosed_at >= folding.house.disclosure_lapse:
        return AnswerKind.AGAIN
    return _kind_alone(change, event, folding)


def _kind_alone(change: Change, event: InboundEvent, folding: Folding) -> AnswerKind:
    """To somebody who knows that a machine answers."""
    if (said := tapped(event.payload)) is not None:
        return said[0]
    return plain_kind(event, folding.courtesies, change.contact.language or folding.default_language)
