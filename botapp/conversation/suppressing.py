"""Sets and lifts what keeps us from writing on our own, in a contact that is being folded."""

from datetime import datetime, timedelta
from typing import Any

from botapp.channels.port import InboundEvent
from botapp.conversation.change import Change, Folding
from botapp.policy.suppression import MUTE, Suppression, muting
from botapp.storage.ledger import Entry, EntryKind


def withdrawn_at(event: InboundEvent, folding: Folding) -> datetime:
    """A no without a time counts from its arrival, the latest it can have been.

    Clamped less than a yes: a clock of ours that is behind must not make it older than a yes said before it. But one
    dated far ahead could never be lifted.
    """
    at = folding.received_at
    return min(event.occurred_at, at + folding.house.send_allowance) if event.occurred_at else at


def set_suppression(change: Change, scope: str, at: datetime, until: datetime | None, evidence_key: str | None) -> None:
    known = change.standings.suppressions(change.key)
    known[scope] = change.suppressions[scope] = known.get(scope, Suppression(scope)).with_set(at, until)
    change.standing_changed = True
    details: dict[str, Any] = {"scope": scope}
    if until is not None:
        details["until"] = until.isoformat()
    change.entries.append(Entry(EntryKind.SUPPRESSION_SET, occurred_at=at, evidence_key=evidence_key, details=details))


def be_quiet(change: Change, event: InboundEvent, span: timedelta, folding: Folding) -> None:
    """A pause that nobody asked for in so many words: it shortens no mute that is in force."""
    at = withdrawn_at(event, folding)
    known, until = muting(change.standings.suppressions(change.key).values(), at), at + span
    if known is None or (known.until is not None and known.until < until):
        set_suppression(change, MUTE, at, until, event.key)
        change.withdrawn = True


def lift_suppression(change: Change, scope: str, at: datetime, evidence_key: str) -> None:
    # Kept where nothing was set, too: what it lifts may be delivered after it.
    known = change.standings.suppressions(change.key)
    known[scope] = change.suppressions[scope] = known.get(scope, Suppression(scope)).with_lift(at)
    change.standing_changed = True
    change.entries.append(
        Entry(EntryKind.SUPPRESSION_LIFTED, occurred_at=at, evidence_key=evidence_key, details={"scope": scope})
    )
