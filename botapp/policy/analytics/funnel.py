"""Counts how far conversations come and what becomes of messages, hour by hour, by language, intent and variant.

Kept by taking entries in the order of the log's tree, like outcomes and with their book: the same entries come to the
same counts in however many pieces they are taken. What the log does not tell (receipts, and what the customer had asked
about) is noted once, and counted as it was then.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeVar

from botapp.policy.analytics import course as courses
from botapp.policy.analytics.course import Course, Stage
from botapp.policy.experiments.book import KINDS as KINDS_OF_OUTCOMES
from botapp.policy.experiments.book import Book
from botapp.policy.experiments.outcome import ContactId, Entry, Measure, Send

HOUR = 3600 * 1_000_000
KINDS = tuple(dict.fromkeys((*courses.KINDS, *KINDS_OF_OUTCOMES)))
SendKey = tuple[int, int, int]  # account id, contact id, silence


class Slot(NamedTuple):
    """What is counted together."""

    account_id: int
    split: str
    hour: int  # since 1970 UTC
    bucket: str
    rule: str
    version: int


class LossSlot(NamedTuple):
    """Conversations that came no farther, for the same reason."""

    account_id: int
    hour: int
    rule: str
    version: int
    stage: str
    reason: str


@dataclass(frozen=True, slots=True)
class Note:
    """What is known of a send beside its outcome. None: not asked yet."""

    language: str = ""  # in which it was written
    intent: str | None = None
    receipts: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Followed:
    """A contact about whom something may still change what is counted."""

    contact: ContactId
    course: Course | None
    sends: tuple[tuple[Send, Note], ...]

    @property
    def next_look_at(self) -> int:
        """When the clock changes something."""
        ends = [self.course.ends_at] if self.course else []
        return min([*ends, *(send.next_look_at for send, _ in self.sends)])


_Key = TypeVar("_Key")
Counts = Counter[tuple[Slot, str]]
Losses = Counter[LossSlot]


def by_days(counts: Counts, losses: Losses) -> tuple[Counts, Losses]:
    """The same by whole days of UTC, each under its first hour."""
    counts_of_days, losses_of_days = Counts(), Losses()
    for (slot, measure), number in counts.items():
        counts_of_days[slot._replace(hour=slot.hour // 24 * 24), measure] += number
    for lost, number in losses.items():
        losses_of_days[lost._replace(hour=lost.hour // 24 * 24)] += number
    return counts_of_days, losses_of_days


class FunnelBook:
    """Some contacts, and by how much the counts have changed since the book was opened."""

    def __init__(self, window: int, clock: int = 0, followed: Iterable[Followed] = ()) -> None:
        self._window = window
        self._book = Book(clock)
        self._courses: dict[ContactId, Course] = {}
        self._notes: dict[SendKey, Note] = {}
        for each in followed:
            if each.course is not None:
                self._courses[each.contact] = each.course
            self._book.add(send for send, _ in each.sends)
            self._notes |= {_key(send): note for send, note in each.sends}
        # What has left the book stays counted; what was counted when it was opened is taken off in the end.
        self._counts, self._losses = Counts(), Losses()
        self._count(-1)

    @property
    def clock(self) -> int:
        """Of the entries taken."""
        return self._book.clock

    def take(self, entry: Entry) -> None:
        """The next entry."""
        self._book.take(entry)
        key = (entry.account_id, entry.contact_id)
        if entry.kind == "claimed" and entry.subject_at is not None:
            self._notes[*key, entry.subject_at] = Note(str(entry.details.get("template_language", "")))
        course = self._courses.get(key)
        if course is not None and self.clock >= course.ends_at:
            self._leave(key, course)
            course = None
        if entry.kind == "interaction":
            now = courses.wrote(course, entry, self._window)
            if course is not None and now is not None and now.opened_at != course.opened_at:
                self._leave(key, course)
            course = now
        elif course is not None:
            course = courses.decided(course, entry)
        if course is not None:
            self._courses[key] = course

    def unnoted(self) -> list[SendKey]:
        """Sends of which it was not asked yet what the customer had asked about."""
        return [_key(send) for send in self._book.sends if self._note(send).intent is None]

    def unreceipted(self) -> list[SendKey]:
        """Sends whose receipts are to be looked up now: their time to be answered is over."""
        due = [send for send in self._book.sends if self.clock >= send.matures_at and not send.cell.is_held_out]
        return [_key(send) for send in due if self._note(send).receipts is None]

    def note_intents(self, found: Mapping[SendKey, str], asked: Iterable[SendKey]) -> None:
        """What customers had asked about last; of those not found nothing is known."""
        for key in asked:
            self._notes[key] = replace(self._notes.get(key, Note()), intent=found.get(key, ""))

    def note_receipts(self, found: Mapping[SendKey, tuple[str, ...]], asked: Iterable[SendKey]) -> None:
        """Which of `delivered` and `seen` the platform has said of them."""
        for key in asked:
            self._notes[key] = replace(self._notes.get(key, Note()), receipts=found.get(key, ()))

    def settle(self) -> None:
        """Let everything have become as old as the clock says."""
        for send in [send for send in self._book.sends if self.clock >= send.ends_at]:
            self._counts.update(self._of_send(replace(send, is_matured=True)))
        self._book.settle()
        for key, course in list(self._courses.items()):
            if self.clock >= course.ends_at:
                self._leave(key, course)

    def followed(self) -> list[Followed]:
        """Those who are still followed."""
        sends: dict[ContactId, list[tuple[Send, Note]]] = {}
        for send in self._book.sends:
            sends.setdefault((send.account_id, send.contact_id), []).append((send, self._note(send)))
        keys = dict.fromkeys((*self._courses, *sends))
        return [Followed(key, self._courses.get(key), tuple(sends.get(key, ()))) for key in keys]

    def changes(self) -> tuple[Counts, Losses]:
        """By how much each number has changed. To be asked once, at the end."""
        self._count(1)
        return _without_zeros(self._counts), _without_zeros(self._losses)

    def _count(self, sign: int) -> None:
        for send in self._book.sends:
            for counted in self._of_send(send):
                self._counts[counted] += sign
        for (account_id, _), course in self._courses.items():
            for counted in _of_course(account_id, course):
                self._counts[counted] += sign
            for lost in _losses_of(account_id, course):
                self._losses[lost] += sign

    def _leave(self, key: ContactId, course: Course) -> None:
        del self._courses[key]
        self._counts.update(_of_course(key[0], course))
        self._losses.update(_losses_of(key[0], course))

    def _note(self, send: Send) -> Note:
        return self._notes.get(_key(send), Note())

    def _of_send(self, send: Send) -> Iterator[tuple[Slot, str]]:
        note, measures = self._note(send), send.measures
        names = [measure.value for measure in measures]
        if send.cell.is_held_out:
            names = [_HELD_OUT[measure] for measure in measures if measure in _HELD_OUT]
        elif Measure.MATURED in measures:
            names += note.receipts or ()
        buckets = {"language": note.language, "intent": note.intent or "", "variant": send.cell.variant}
        for split, bucket in buckets.items():
            slot = Slot(send.account_id, split, send.begun_at // HOUR, bucket, send.cell.rule, send.cell.version)
            yield from ((slot, name) for name in names)


_HELD_OUT = {Measure.MATURED: "held_out", Measure.RESPONDED: "held_out_responded"}


def _of_course(account_id: int, course: Course) -> Iterator[tuple[Slot, str]]:
    for stage in Stage:
        if stage <= course.stage:
            rule, version = (course.rule, course.version) if stage >= Stage.PLANNED else ("", 0)
            # Once, with the variants: of all splits theirs has the fewest rows, and sums are taken from it.
            yield Slot(account_id, "variant", course.opened_at // HOUR, "", rule, version), stage.word


def _losses_of(account_id: int, course: Course) -> Iterator[LossSlot]:
    if course.reason:
        rule, version = (course.rule, course.version) if course.stage >= Stage.PLANNED else ("", 0)
        yield LossSlot(account_id, course.opened_at // HOUR, rule, version, course.stage.word, course.reason)


def _key(send: Send) -> SendKey:
    return send.account_id, send.contact_id, send.silence_at


def _without_zeros(counted: "Counter[_Key]") -> "Counter[_Key]":
    return Counter({key: number for key, number in counted.items() if number})
