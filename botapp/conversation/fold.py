"""Folds events into one locked contact: what changes, which entries, which answer. Touches no database."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from botapp.channels.port import InboundEvent, Signal
from botapp.conversation.answers import AnswerKind
from botapp.policy.consent import ConsentRecord, ConsentState
from botapp.policy.suppression import MUTE, NOTICES, STOP, Suppression
from botapp.policy.window import Interactions, clamp
from botapp.reengagement.facts import Standings, thread_is_owned
from botapp.reengagement.terms import HouseRules
from botapp.storage.contacts import Contact
from botapp.storage.ledger import Entry, EntryKind
from botapp.storage.reengagements import Reengagement
from botapp.storage.replies import Reply
from botapp.storage.standing import ContactId
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


@dataclass(slots=True)
class Change:
    """A locked contact while a batch is folded into it, and all that is to be written of it."""

    contact: Contact
    before: Contact
    standings: Standings
    entries: list[Entry] = field(default_factory=list)
    consents: list[dict[str, Any]] = field(default_factory=list)  # without their number, which follows from `entries`
    suppressions: dict[str, Suppression] = field(default_factory=dict)
    replies: list[dict[str, Any]] = field(default_factory=list)
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    interactions: list[datetime] = field(default_factory=list)
    settled: list[tuple[Reengagement | Reply, str | None]] = field(default_factory=list)  # with the message's id
    receipts: list[tuple[str, str | None, datetime]] = field(default_factory=list)  # column, message id, at
    withdrawn: bool = False
    standing_changed: bool = False

    @property
    def key(self) -> ContactId:
        return self.contact.account_id, self.contact.id

    @property
    def is_to_be_planned(self) -> bool:
        """A new silence begins, or what was allowed has changed."""
        return self.standing_changed or self.contact.last_interaction_at != self.before.last_interaction_at


@dataclass(frozen=True, slots=True)
class Folding:
    """What every event of one batch is folded with."""

    house: HouseRules
    received_at: datetime
    default_language: str


def fold_person_event(change: Change, event: InboundEvent, understood: Understood, folding: Folding) -> None:
    """Something the person did: an interaction, a wish, facts, and the answer that it is owed."""
    if event.signal is Signal.INTERACTION:
        _fold_interaction(change, event, folding)
    elif event.wants_answer:
        change.entries.append(Entry(EntryKind.REPLY_PLANNED, occurred_at=event.occurred_at, evidence_key=event.key))
    if understood.language and understood.wish:
        change.contact = replace(change.contact, language=understood.language)
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
    if contact.thread_owned_at is not None and at < contact.thread_owned_at:
        return  # delivered late: a newer owner is known
    if contact.thread_owner != owner:
        change.entries.append(
            Entry(EntryKind.THREAD_OWNER, occurred_at=at, evidence_key=event.key, details={"owner": owner})
        )
        change.standing_changed = change.contact.last_interaction_at is not None
    # Who was talking with a person and is handed back must be told again that a machine answers.
    disclosed_at = None if owner == "bot" and contact.thread_owner != "bot" else contact.disclosed_at
    change.contact = replace(contact, thread_owner=owner, thread_owned_at=at, disclosed_at=disclosed_at)


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
        contact = replace(contact, unreachable_since=None)
        reached = Entry(EntryKind.REACHABILITY, occurred_at=at, evidence_key=event.key, details={"reachable": True})
        change.entries.append(reached)
    change.contact = replace(
        contact,
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
            change.contact = replace(change.contact, asked_for_more_at=asked_at)
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
    """A no without a time counts from its arrival, the latest it can have been."""
    return clamp(event.occurred_at or folding.received_at, folding.received_at)


def _set_suppression(change: Change, scope: str, at: datetime, until: datetime | None, evidence_key: str) -> None:
    known = change.standings.suppressions(change.key)
    known[scope] = change.suppressions[scope] = known.get(scope, Suppression(scope)).with_set(at, until)
    change.standing_changed = True
    details: dict[str, Any] = {"scope": scope}
    if until is not None:
        details["until"] = until.isoformat()
    change.entries.append(Entry(EntryKind.SUPPRESSION_SET, occurred_at=at, evidence_key=evidence_key, details=details))


def _lift_suppression(change: Change, scope: str, at: datetime, evidence_key: str) -> None:
    known = change.standings.suppressions(change.key)
    if scope not in known and scope != STOP:
        return
    known[scope] = change.suppressions[scope] = known.get(scope, Suppression(scope)).with_lift(at)
    change.standing_changed = True
    change.entries.append(
        Entry(EntryKind.SUPPRESSION_LIFTED, occurred_at=at, evidence_key=evidence_key, details={"scope": scope})
    )


def _record_consent(
    change: Change, state: ConsentState, at: datetime, event: InboundEvent, understood: Understood, method: str | None
) -> None:
    change.standings.consents(change.key).append(ConsentRecord(state, at))
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
