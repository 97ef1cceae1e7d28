"""Stops and mutes. Each scope remembers when it was last set and lifted, so that the order of delivery is no matter."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

STOP = "stop"
MUTE = "mute"
TOPIC = "topic"  # some of what we send on our own; a re-engagement is the kind that people mean
NOTICES = "notices"  # stopped with the platform's own switch, and resumed there
COMPLAINT = "complaint"  # they complained; lifted by a START, a yes, or by saying that we may go on
ERASURE = "erasure"  # their data are about to be deleted
RETURNED = "returned"  # they were, a short while ago: nobody knows any more what had been sent to them before
REST = "rest"  # the last message was on its way for so long that it may have arrived late: a day counts from its end
OUR_OWN = frozenset({RETURNED, REST})  # which the person said nothing about


@dataclass(frozen=True, slots=True)
class Suppression:
    """One scope of one person.

    `until` belongs to the latest setting; None means until lifted.
    """

    scope: str
    set_at: datetime | None = None
    until: datetime | None = None
    lifted_at: datetime | None = None

    def with_set(self, at: datetime, until: datetime | None) -> "Suppression":
        """Set at an instant. Of two settings the later counts; at the same instant the longer."""
        if self.set_at is not None and at < self.set_at:
            return self
        if at == self.set_at:
            until = None if until is None or self.until is None else max(until, self.until)
        return Suppression(self.scope, at, until, self.lifted_at)

    def with_lift(self, at: datetime) -> "Suppression":
        """Lifted at an instant by the person's explicit word."""
        lifted_at = at if self.lifted_at is None else max(at, self.lifted_at)
        return Suppression(self.scope, self.set_at, self.until, lifted_at)

    def is_in_force(self, now: datetime) -> bool:
        """Withdrawal wins ties: a stop and a start of the same instant are a stop."""
        if self.set_at is None or (self.lifted_at is not None and self.lifted_at > self.set_at):
            return False
        return self.until is None or now < self.until


def stopped(suppressions: Iterable[Suppression], now: datetime) -> bool:
    """Whether the person wants nothing proactive, by word, button or the platform's switch, or is being erased."""
    return any(s.scope in (STOP, TOPIC, NOTICES, ERASURE) and s.is_in_force(now) for s in suppressions)


def complained(suppressions: Iterable[Suppression], now: datetime) -> bool:
    """Whether the person complained and has not asked us back since. Nobody said stop, so answers go on as ever."""
    return any(s.scope == COMPLAINT and s.is_in_force(now) for s in suppressions)


def muting(suppressions: Iterable[Suppression], now: datetime) -> Suppression | None:
    """The mute in force, if any."""
    return next((s for s in suppressions if s.scope == MUTE and s.is_in_force(now)), None)


def resting_until(suppressions: Iterable[Suppression], now: datetime) -> datetime | None:
    """Until when somebody rests whatever they say, to be sure that a day lies between two messages."""
    ends = (s.until for s in suppressions if s.scope in OUR_OWN and s.is_in_force(now))
    return max((until for until in ends if until is not None), default=None)
