"""How the inbox says things: ages, times and names."""

from datetime import datetime, timedelta

from botapp.storage.contacts import Contact
from botapp.storage.handover_lists import Listed
from botapp.storage.handovers import Cause, HandoverState

CAUSES = {
    Cause.ASKED: "asked for a person",
    Cause.NOT_UNDERSTOOD: "the bot did not understand twice",
    Cause.COMPLAINT: "complained",
}
STATES = {
    HandoverState.QUEUED: "waiting",
    HandoverState.CLAIMED: "with a person",
    HandoverState.PASSING: "on its way to the platform's inbox",
    HandoverState.PASSED: "in the platform's inbox",
    HandoverState.TAKING: "on its way back to the bot",
    HandoverState.HANDED_BACK: "back with the bot",
    HandoverState.CLOSED: "closed",
}


def age(span: timedelta) -> str:
    """In its largest unit, as one says how long somebody has waited."""
    seconds = max(0, round(span.total_seconds()))
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def clock_time(at: datetime) -> str:
    """UTC, to the minute."""
    return f"{at:%H:%M}"


def name_of(person: Contact | Listed) -> str:
    """What the platform told of their name; else the last digits of their number."""
    names = " ".join(filter(None, (person.first_name, person.last_name)))
    number = person.handover.key.contact_id if isinstance(person, Listed) else person.id
    return names or f"Customer …{number % 10_000:04d}"
