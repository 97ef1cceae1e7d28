"""One send, what is counted of it, and the entries that tell of it. Instants and spans are microseconds."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

# Conversions and harm are put down to the latest send before them, if it is no more than so many windows ago.
ATTRIBUTED_WINDOWS = 7


class Measure(StrEnum):
    """What is counted of sends. All but `SENT` only once the time to answer is over: what is pending is no failure."""

    SENT = "sent"
    MATURED = "matured"  # a window's length has passed since it was begun
    REPLIED = "replied"  # the customer wrote or pressed something within that time, whatever it was
    PRESSED = "pressed"
    RESPONDED = "responded"  # replied, and neither stopped, muted, complained nor blocked: a success
    CONVERTED = "converted"
    HANDED_OVER = "handed_over"
    SATISFIED = "satisfied"  # said that an answer helped
    DISSATISFIED = "dissatisfied"
    STOPPED = "stopped"
    MUTED = "muted"
    COMPLAINED = "complained"
    BLOCKED = "blocked"  # the platform says so when something is sent next, or it cannot be reached for another reason
    HARMED = "harmed"  # stopped, complained or blocked
    IGNORED_TWICE = "ignored_twice"  # not replied to, and the one before it was not either
    CONCLUDED = "concluded"  # nothing more can be put down to it
    WON = (
        "won"  # of those: converted, and neither stopped, muted, complained nor blocked: what a conversion rule is for
    )


HARM = frozenset({Measure.STOPPED, Measure.COMPLAINED, Measure.BLOCKED})
_NOES = HARM | {Measure.MUTED}


class Entry(NamedTuple):
    """An entry of a contact, as far as outcomes need it."""

    account_id: int
    contact_id: int
    kind: str
    recorded_at: int
    occurred_at: int | None = None
    subject_at: int | None = None
    reason: str | None = None
    details: Mapping[str, Any] = {}

    @property
    def at(self) -> int:
        return self.recorded_at if self.occurred_at is None else self.occurred_at


class Cell(NamedTuple):
    """Of what sends are counted together. Without a variant: an empty name."""

    account_id: int
    rule: str
    version: int
    variant: str
    is_held_out: bool


@dataclass(frozen=True, slots=True)
class Send:
    """One send, or one that was held out, as long as something may still be put down to it."""

    account_id: int
    contact_id: int
    silence_at: int
    cell: Cell
    begun_at: int
    window: int  # the length
    was_ignored_before: bool = False
    is_sent: bool = False
    is_matured: bool = False
    seen: frozenset[Measure] = frozenset()

    @property
    def matures_at(self) -> int:
        """With some time for what is delivered late."""
        return self.begun_at + self.window + self.window // 24

    @property
    def ends_at(self) -> int:
        return self.begun_at + ATTRIBUTED_WINDOWS * self.window + self.window // 24

    @property
    def next_look_at(self) -> int:
        """When the clock changes something about it."""
        return self.ends_at if self.is_matured else self.matures_at

    @property
    def measures(self) -> frozenset[Measure]:
        """What it is counted as by now."""
        if not self.is_sent:
            return frozenset()
        if not self.is_matured:
            return frozenset({Measure.SENT})
        found = {Measure.SENT, Measure.MATURED, *self.seen}
        if Measure.REPLIED in self.seen and not self.seen & _NOES:
            found.add(Measure.RESPONDED)
        if self.seen & HARM:
            found.add(Measure.HARMED)
        if self.was_ignored_before and Measure.REPLIED not in self.seen:
            found.add(Measure.IGNORED_TWICE)
        return frozenset(found)

    @property
    def conclusion(self) -> frozenset[Measure]:
        """What it is counted as besides, when it leaves the book."""
        if not self.is_sent:
            return frozenset()
        is_won = Measure.CONVERTED in self.seen and not self.seen & _NOES
        return frozenset({Measure.CONCLUDED, Measure.WON} if is_won else {Measure.CONCLUDED})


class Step(NamedTuple):
    """What one entry made of a send."""

    entry: Entry
    before: Send
    after: Send


ContactId = tuple[int, int]
Counts = Counter[tuple[Cell, Measure]]
