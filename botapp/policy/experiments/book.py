"""What came of each send, told from the log alone: what customers did, for us and against us, and the counts of it.

A book is kept by taking entries in the order of the log's tree. Its clock is that of the entries, so the same entries
always come to the same counts, in however many pieces they are taken.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace

from botapp.policy.experiments.outcome import (
    ATTRIBUTED_WINDOWS,
    Cell,
    ContactId,
    Counts,
    Entry,
    Measure,
    Send,
    Step,
)
from botapp.policy.suppression import OUR_OWN

_HOLD_OUT = "hold_out"
_PRESSES = frozenset({"postback", "quick_reply"})
_DAY = 24 * 3600 * 1_000_000


class Book:
    """The sends of some contacts to which something may still be put down, and what has changed in the counts."""

    def __init__(self, clock: int = 0, sends: Iterable[Send] = ()) -> None:
        self.clock = clock
        self.steps: list[Step] = []  # all that the entries taken so far have changed, in their order
        self._open: dict[ContactId, list[Send]] = defaultdict(list)
        self._before: Counts = Counter()
        self._left: Counts = Counter()
        self.add(sends)

    def add(self, sends: Iterable[Send]) -> None:
        """Sends known from before, counted as they are."""
        for send in sends:
            self._open[send.account_id, send.contact_id].append(send)
            self._before.update((send.cell, measure) for measure in send.measures)

    def take(self, entry: Entry) -> None:
        """The next entry. Kinds that tell nothing of outcomes only move the clock."""
        self.clock = max(self.clock, entry.recorded_at)
        step = _STEPS.get(entry.kind)
        if step is not None:
            step(self, entry)

    def settle(self) -> None:
        """Let every send have become as old as the clock says; those to which nothing more is put down leave."""
        for key, sends in list(self._open.items()):
            matured = [replace(s, is_matured=s.is_matured or self.clock >= s.matures_at) for s in sends]
            for send in matured:
                if self.clock >= send.ends_at:
                    self._left.update((send.cell, measure) for measure in send.measures | send.conclusion)
            self._open[key] = [send for send in matured if self.clock < send.ends_at]

    @property
    def sends(self) -> list[Send]:
        """Those that are open."""
        return [send for sends in self._open.values() for send in sends]

    @property
    def changes(self) -> Counts:
        """By how much each count has changed; what has not is left out."""
        found = Counter(self._left)
        for send in self.sends:
            found.update((send.cell, measure) for measure in send.measures)
        found.subtract(self._before)
        return Counter({key: number for key, number in found.items() if number})

    def begin(self, send: Send) -> None:
        """A send, or one that was held out; of one silence there is one."""
        others = [
            other for other in self._open[send.account_id, send.contact_id] if other.silence_at != send.silence_at
        ]
        self._open[send.account_id, send.contact_id] = [*others, send]

    def change(self, entry: Entry, change: Callable[[Send], Send | None]) -> None:
        """The send of the silence that an entry is about becomes another, or goes."""
        sends = self._open.get((entry.account_id, entry.contact_id), [])
        for place, send in enumerate(sends):
            if send.silence_at == entry.subject_at and self.clock < send.ends_at:
                changed = change(send)
                sends[place : place + 1] = [] if changed is None else [changed]
                if changed is not None:
                    self.steps.append(Step(entry, send, changed))
                return

    def put_down(self, entry: Entry, measures: Iterable[Measure], windows: int) -> None:
        """To the latest send before it, unless that is too long ago by its own time or by the clock."""
        sends = self._open.get((entry.account_id, entry.contact_id), [])
        found = max((s for s in sends if s.begun_at < entry.at), key=lambda send: send.begun_at, default=None)
        if found is not None and entry.at <= found.begun_at + windows * found.window and self.clock < found.ends_at:
            changed = replace(found, seen=found.seen | set(measures))
            sends[sends.index(found)] = changed
            self.steps.append(Step(entry, found, changed))


def _claimed(book: Book, entry: Entry) -> None:
    past = entry.details.get("past_claims") or []
    cell = _cell(entry, variant=entry.details.get("variant", ""))
    book.begin(_send(entry, cell, was_ignored_before=bool(past) and not past[0][1]))


def _skipped(book: Book, entry: Entry) -> None:
    """Only one that was held out is an observation: of what the customer does without it."""
    if entry.reason == _HOLD_OUT and "rule" in entry.details:
        book.begin(replace(_send(entry, _cell(entry, is_held_out=True)), is_sent=True))


def _cell(entry: Entry, variant: str = "", *, is_held_out: bool = False) -> Cell:
    return Cell(entry.account_id, entry.details["rule"], entry.details["rule_version"], variant, is_held_out)


def _send(entry: Entry, cell: Cell, *, was_ignored_before: bool = False) -> Send:
    opened_at, closes_at = entry.details.get("opened_at"), entry.details.get("closes_at")
    window = closes_at - opened_at if opened_at is not None and closes_at is not None else _DAY
    silence_at = entry.subject_at if entry.subject_at is not None else entry.at
    return Send(entry.account_id, entry.contact_id, silence_at, cell, entry.at, window, was_ignored_before)


def _sent(book: Book, entry: Entry) -> None:
    book.change(entry, lambda send: replace(send, is_sent=True))


def _not_sent(book: Book, entry: Entry) -> None:
    book.change(entry, lambda send: send if send.is_sent else None)


def _interaction(book: Book, entry: Entry) -> None:
    if entry.occurred_at is not None:  # else nobody knows whether it came after it
        measures = {Measure.REPLIED, *([Measure.PRESSED] if entry.details.get("kind") in _PRESSES else [])}
        book.put_down(entry, measures, 1)


def _suppressed(book: Book, entry: Entry) -> None:
    if entry.details.get("by") == "linked_identity" or entry.reason == "imported":
        return  # said by another identity, or elsewhere, and only made known here
    scope = entry.details["scope"]
    if scope in OUR_OWN:
        return
    measure = {"mute": Measure.MUTED, "complaint": Measure.COMPLAINED}.get(scope, Measure.STOPPED)
    book.put_down(entry, [measure], ATTRIBUTED_WINDOWS)


def _withdrawn(book: Book, entry: Entry) -> None:
    book.put_down(entry, [Measure.STOPPED], ATTRIBUTED_WINDOWS)


def _reachability(book: Book, entry: Entry) -> None:
    if not entry.details["reachable"]:
        book.put_down(entry, [Measure.BLOCKED], ATTRIBUTED_WINDOWS)


def _converted(book: Book, entry: Entry) -> None:
    book.put_down(entry, [Measure.CONVERTED], ATTRIBUTED_WINDOWS)


def _said_whether_it_helped(book: Book, entry: Entry) -> None:
    is_satisfied = not (entry.reason or "").endswith("_not_helped")
    book.put_down(entry, [Measure.SATISFIED if is_satisfied else Measure.DISSATISFIED], 1)


def _handed_over(book: Book, entry: Entry) -> None:
    book.put_down(entry, [Measure.HANDED_OVER], 1)


_STEPS: dict[str, Callable[[Book, Entry], None]] = {
    "claimed": _claimed,
    "skipped": _skipped,
    "sent": _sent,
    "reconciled": _sent,
    "released": _not_sent,
    "failed": _not_sent,
    "expired": _not_sent,
    "interaction": _interaction,
    "suppression_set": _suppressed,
    "consent_withdrawn": _withdrawn,
    "reachability": _reachability,
    "converted": _converted,
    "handover_requested": _handed_over,
    "satisfaction": _said_whether_it_helped,
}
KINDS = tuple(_STEPS)
