"""What other systems are told by webhooks, derived from what the log tells of sends. Numbers and names of ours only."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from botapp.policy.experiments.outcome import Entry, Measure, Send, Step
from botapp.policy.suppression import NOTICES, STOP, TOPIC


class EventType(StrEnum):
    """What a subscription can ask for."""

    SENT = "reengagement.sent"  # the platform took it
    REPLIED = "reengagement.replied"  # the customer wrote or pressed something within a window's length
    CONVERTED = "reengagement.converted"  # a conversion that is put down to it
    STOPPED = "contact.stopped"  # the customer wants no more: of everything, of notifications or of a topic


TEST = "webhook.test"  # sent on request only
_TOLD_OF_SENDS = {Measure.REPLIED: EventType.REPLIED, Measure.CONVERTED: EventType.CONVERTED}
_STOPS = frozenset({STOP, NOTICES, TOPIC})


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened once. Instants are microseconds; `send` is what it is put down to, `scope` of a stop."""

    type: EventType
    account_id: int
    contact_id: int
    occurred_at: int
    recorded_at: int
    send: Send | None = None
    scope: str | None = None

    @property
    def id(self) -> str:
        """The same for the same event, whoever derives it and how often."""
        about = self.send.silence_at if self.send else f"{self.occurred_at} {self.scope}"
        named = f"{self.type} {self.account_id} {self.contact_id} {about}"
        return f"evt_{hashlib.sha256(named.encode()).hexdigest()[:32]}"


def events(steps: Iterable[Step], entries: Iterable[Entry]) -> Iterator[Event]:
    """The events in what a book has just gone through, and in the entries that it took."""
    for step in steps:
        for event_type in sorted(_told_of(step.after) - _told_of(step.before)):
            entry = step.entry
            yield Event(event_type, entry.account_id, entry.contact_id, entry.at, entry.recorded_at, step.after)
    for entry in entries:
        scope = entry.details["scope"] if entry.kind == "suppression_set" else ""
        if scope in _STOPS or scope.startswith(f"{TOPIC}:"):
            yield Event(EventType.STOPPED, entry.account_id, entry.contact_id, entry.at, entry.recorded_at, scope=scope)


def _told_of(send: Send) -> frozenset[EventType]:
    """Nothing of those who were held out: nothing was sent to them."""
    if not send.is_sent or send.cell.is_held_out:
        return frozenset()
    return frozenset({EventType.SENT, *(_TOLD_OF_SENDS[seen] for seen in send.seen & _TOLD_OF_SENDS.keys())})
