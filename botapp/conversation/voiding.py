"""Folds what makes a re-engagement void into a contact: a complaint, and an answer that somebody else gave."""

from botapp.channels.port import InboundEvent
from botapp.conversation.change import Change, Folding
from botapp.conversation.suppressing import lift_suppression, set_suppression, withdrawn_at
from botapp.policy.consent import ConsentState
from botapp.policy.suppression import COMPLAINT
from botapp.policy.window import clamp
from botapp.storage.ledger import Entry, EntryKind
from botapp.understanding.wish import Understood, Wish

_KINDER = frozenset({Wish.START, Wish.OPT_IN, Wish.GO_ON})


def fold_complaint(change: Change, event: InboundEvent, understood: Understood, folding: Folding) -> None:
    """Who complains is not written to on our own until they say that we may."""
    if Wish.COMPLAINT in (understood.wish, *understood.also):
        _complain(change, event, folding)
    elif understood.wish in _KINDER and event.occurred_at is not None:
        known = change.standings.suppressions(change.key).get(COMPLAINT)
        at = clamp(event.occurred_at, folding.received_at)
        if known is not None and known.is_in_force(at):
            lift_suppression(change, COMPLAINT, at, event.key)


def fold_answer_of_others(change: Change, event: InboundEvent, by: str, folding: Folding) -> None:
    """Somebody else wrote to the customer: what waited for their silence to last is answered."""
    at = clamp(event.occurred_at or folding.received_at, folding.received_at)
    contact = change.contact
    if contact.answered_at is not None and at <= contact.answered_at:
        return
    last_at = contact.last_interaction_at
    change.standing_changed |= last_at is not None and at >= last_at
    change.entries.append(Entry(EntryKind.ANSWERED, occurred_at=at, evidence_key=event.key, details={"by": by}))
    change.contact = contact._replace(answered_at=at)


def _complain(change: Change, event: InboundEvent, folding: Folding) -> None:
    at = withdrawn_at(event, folding)
    # Delivered late: they have said yes or START since.
    yes = (c for c in change.standings.consents(change.key) if c.state is ConsentState.GIVEN)
    if any(given.occurred_at > at for given in yes):
        return
    set_suppression(change, COMPLAINT, at, None, event.key)
    change.withdrawn = True
