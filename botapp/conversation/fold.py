"""Folds events into one locked contact: what changes, which entries, which answer. Touches no database."""

from datetime import datetime, timedelta
from typing import Any

from botapp.channels.port import InboundEvent, Signal
from botapp.conversation.answers import AnswerKind
from botapp.conversation.change import Change, Folding
from botapp.policy.consent import ConsentRecord, ConsentState
from botapp.policy.suppression import MUTE, NOTICES, STOP, Suppression
from botapp.policy.window import Interactions, clamp
from botapp.reengagement.facts import thread_is_owned
from botapp.storage.ledger import Entry, EntryKind
from botapp.understanding.wish import Understood, Wish

PURPOSE = "reengagement"
_STATE_ENTRIES = {
    ConsentState.GIVEN: EntryKind.CONSENT_GIVEN,
    ConsentState.REFUSED: EntryKind.CONSENT_REFUSED,
    ConsentState.WITHDRAWN: EntryKind.CONSENT_WITHDRAWN,
}
# Said even beside a person who talks with the customer: it concerns what we do on our own.
_ALWAYS_CONFIRMED = frozenset({Wish.STOP, Wish.MUTE, Wish.START, Wish.OPT_IN, Wish.OPT_OUT_OF_QUESTION})
_CONFIRMATIONS = {
    Wish.STOP: AnswerKind.STOP_CONFIRMED,
    Wish.MUTE: AnswerKind.MUTE_CONFIRMED,
    Wish.START: AnswerKind.START_CONFIRMED,
    Wish.OPT_IN: AnswerKind.OPTIN_YES,
    Wish.OPT_OUT_OF_QUESTION: AnswerKind.OPTIN_NO,
    Wish.HELP: AnswerKind.HELP,
    Wish.PERSON: AnswerKind.PERSON,
}


def fold_person_event(change: Change, event: InboundEvent, understood: Understood, folding: Folding) -> None:
    """Something the person did: an interaction, a wish, facts, and the answer that it is owed."""
    if event.signal is Signal.INTERACTION:
        _fold_interaction(change, event, folding)
    elif event.wants_answer:
        change.entries.append(Entry(EntryKind.REPLY_PLANNED, occurred_at=event.occurred_at, evidence_key=event.key))
    if understood.language and understood.wish:
        change.contact = change.contact._replace(language=understood.language)
    _fold_wish(change, event, understood, folding)
    _fold_facts(change, event, folding)
    if event.wants_answer and not event.standby:
        _owe_answer(change, event, understood, folding)


def fold_withdrawal(change: Change, event: InboundEvent, understood: Understood, folding: Folding) -> None:
    """A stop said through another linked identity of the same person."""
    _set_suppression(change, STOP, _withdrawn_at(event, folding), None, event.key)
    _record_consent(change, ConsentState.WITHDRAWN, _withdrawn_at(event, folding), event, understood, "linked_identity")
    change.withdrawn = True


def fold_notice(change: Change, event: InboundEvent, folding: Folding) -> None:
    """The person used the platform's own switch for notifications; any other event changes nothing."""
    if event.signal is Signal.NOTICE_STOPPED:
        _set_suppression(change, NOTICES, _withdrawn_at(event, folding), None, event.key)
        change.withdrawn = True
    elif event.signal is Signal.NOTICE_RESUMED and event.occurred_at is not None:
        _lift_suppression(change, NOTICES, clamp(event.occurred_at, folding.received_at), event.key)


def fold_thread_owner(change: Change, owner: str, event: InboundEvent, folding: Folding) -> None:
    """Control of the thread passed, or somebody else wrote into it."""
    at = clamp(event.occurred_at or folding.received_at, folding.received_at)
    contact = change.contact
    known_at = contact.thread_owned_at
    if known_at is not None and (at < known_at or (at == known_at and owner == "bot")):
        return  # delivered late: a newer owner is known. Of two of the same instant it is not us
    if contact.thread_owner != owner:
        change.entries.append(
            Entry(EntryKind.THREAD_OWNER, occurred_at=at, evidence_key=event.key, details={"owner": owner})
        )
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
    folded = Interactions(contact.last_interaction_at, contact.conversation_started_at).with_interaction(
        at, folding.house.window_length
    )
    change.interactions.append(at)
    change.entries.append(Entry(EntryKind.INTERACTION, occurred_at=at, evidence_key=event.key, details=details))
    if contact.unreachable_since is not None and at > contact.unreachable_since:
        contact = contact._replace(unreachable_since=None)
        reached = Entry(EntryKind.REACHABILITY, occurred_at=at, evidence_key=event.key, details={"reachable": True})
        change.entries.append(reached)
    change.contact = contact._replace(
        last_interaction_at=folded.last_at,
        conversation_started_at=folded.conversation_started_at,
    )


def _fold_wish(change: Change, event: InboundEvent, understood: Understood, folding: Folding) -> None:
    occurred_at = clamp(event.occurred_at, folding.received_at) if event.occurred_at else None
    match understood.wish:
        case Wish.STOP:
            at = _withdrawn_at(event, folding)
            _set_suppression(change, STOP, at, None, event.key)
            _record_consent(change, ConsentState.WITHDRAWN, at, event, understood, understood.method)
            change.withdrawn = True
        case Wish.MUTE:
            at = _withdrawn_at(event, folding)
            _set_suppression(change, MUTE, at, mute_until(understood, at, folding), event.key)
            change.withdrawn = True
        case Wish.START if occurred_at is not None:
            for scope in (STOP, MUTE, NOTICES):
                _lift_suppression(change, scope, occurred_at, event.key)
            _record_consent(change, ConsentState.GIVEN, occurred_at, event, understood, understood.method)
            asked_before = change.contact.asked_for_more_at
            asked_at = max(occurred_at, asked_before) if asked_before else occurred_at
            change.contact = change.contact._replace(asked_for_more_at=asked_at)
        case Wish.OPT_IN if occurred_at is not None:
            _record_consent(change, ConsentState.GIVEN, occurred_at, event, understood, understood.method)
        case Wish.OPT_OUT_OF_QUESTION:
            at = _withdrawn_at(event, folding)
            _record_consent(change, ConsentState.REFUSED, at, event, understood, understood.method)
            change.withdrawn = True
        case _:
            pass


def mute_until(understood: Understood, at: datetime, folding: Folding) -> datetime | None:
    """The end of a mute; None for one without an end. Its length scales with the day like every other."""
    if understood.mute_for is None:
        return None
    return at + timedelta(seconds=understood.mute_for.total_seconds() * folding.house.scale)


def _withdrawn_at(event: InboundEvent, folding: Folding) -> datetime:
    """A no without a time counts from its arrival, the latest it can have been.

    Clamped less than a yes: a clock of ours that is behind must not make it older than a yes said before it. But one
    dated far ahead could never be lifted.
    """
    at = folding.received_at
    return min(event.occurred_at, at + folding.house.send_allowance) if event.occurred_at else at


def _set_suppression(change: Change, scope: str, at: datetime, until: datetime | None, evidence_key: str) -> None:
    known = change.standings.suppressions(change.key)
    known[scope] = change.suppressions[scope] = known.get(scope, Suppression(scope)).with_set(at, until)
    change.standing_changed = True
    details: dict[str, Any] = {"scope": scope}
    if until is not None:
        details["until"] = until.isoformat()
    change.entries.append(Entry(EntryKind.SUPPRESSION_SET, occurred_at=at, evidence_key=evidence_key, details=details))


def _lift_suppression(change: Change, scope: str, at: datetime, evidence_key: str) -> None:
    # Kept where nothing was set, too: what it lifts may be delivered after it.
    known = change.standings.suppressions(change.key)
    known[scope] = change.suppressions[scope] = known.get(scope, Suppression(scope)).with_lift(at)
    change.standing_changed = True
    change.entries.append(
        Entry(EntryKind.SUPPRESSION_LIFTED, occurred_at=at, evidence_key=evidence_key, details={"scope": scope})
    )


def _record_consent(
    change: Change, state: ConsentState, at: datetime, event: InboundEvent, understood: Understood, method: str | None
) -> None:
    change.standings.consents(change.key).append(ConsentRecord(state, at, understood.version))
    change.standing_changed = True
    details = {"purpose": PURPOSE, "method": method, "wording_version": understood.version}
    change.entries.append(Entry(_STATE_ENTRIES[state], occurred_at=at, evidence_key=event.key, details=details))
    change.consents.append(
        {
            "account_id": change.contact.account_id,
            "contact_id": change.contact.id,
            # The record carries the number that its ledger entry will have.
            "sequence": change.before.ledger_sequence + len(change.entries),
            "purpose": PURPOSE,
            "state": state.value,
            "method": method or "keyword",
            "occurred_at": at,
            "recorded_at": None,
            "evidence_key": event.key,
            "wording_version": understood.version,
            "language": understood.language,
        }
    )


def _fold_facts(change: Change, event: InboundEvent, folding: Folding) -> None:
    observed_at = clamp(event.occurred_at or folding.received_at, folding.received_at)
    for name, value in event.facts.items():
        newer = change.facts.get(name)
        if newer is None or newer["observed_at"] <= observed_at:
            change.facts[name] = {
                "account_id": change.contact.account_id,
                "contact_id": change.contact.id,
                "name": name,
                "value": value,
                "source": event.kind,
                "observed_at": observed_at,
                "expires_at": None,
            }


def _owe_answer(change: Change, event: InboundEvent, understood: Understood, folding: Folding) -> None:
    contact, at = change.contact, folding.received_at
    confirmation = _CONFIRMATIONS.get(understood.wish) if understood.wish else None
    silent = understood.wish not in _ALWAYS_CONFIRMED and thread_is_owned(contact, folding.house, at)
    kind = confirmation or _answer_kind(change, event, folding)
    until = None
    if understood.wish is Wish.MUTE:
        until = mute_until(understood, _withdrawn_at(event, folding), folding)
    change.replies.append(
        {
            "account_id": contact.account_id,
            "contact_id": contact.id,
            "event_key": event.key,
            "position": change.before.ledger_sequence + len(change.entries),
            "kind": kind.value,
            "language": contact.language or folding.default_language,
            "until": until,
            "state": "skipped" if silent else "planned",
            "reason": "thread_owned" if silent else None,
            "planned_at": at,
            "not_before": at,
        }
    )


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
    is_attachment = event.text is None and event.kind.startswith(("message_attachment", "sticker"))
    return AnswerKind.ATTACHMENT if is_attachment else AnswerKind.ANSWER
