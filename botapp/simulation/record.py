"""Writes down what truly happens in a world, and counts it."""

import hashlib
from collections import Counter
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from operator import attrgetter

from botapp.simulation.clockwork import Clockwork, instant
from botapp.simulation.trace import Erased, Happening, Refused, RuleTold, ThreadPassed, Unwell


@dataclass(slots=True)
class _Passing:
    """Control of a thread passed; when we are told is known later."""

    place: int
    at: int
    page_id: str
    contact_id: str
    to_bot: bool
    mid: str
    answers: bool


@dataclass(slots=True)
class Record:
    """Grows while the world lives."""

    clockwork: Clockwork
    happenings: list[Happening] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    rules: list[RuleTold] = field(default_factory=list)
    pages_may_change: bool = False  # the commit of this instant may have paused a page or resumed it
    pausing: set[str] = field(default_factory=set)  # mids by which the platform tells that it restricts a page
    learning: dict[str, Refused] = field(default_factory=dict)  # refusals not yet recorded, by claim token
    _passings: dict[str, _Passing] = field(default_factory=dict)
    _graves: set[tuple[str, str]] = field(default_factory=set)
    _unwell: dict[str, int] = field(default_factory=dict)

    def tell(self, happening: Happening) -> None:
        self.happenings.append(happening)

    def now(self) -> datetime:
        return instant(self.clockwork.now)

    def passed_thread(self, page_id: str, contact_id: str, mid: str, *, to_bot: bool, answers: bool = False) -> None:
        at = self.clockwork.now
        self._passings[mid] = _Passing(len(self.happenings), at, page_id, contact_id, to_bot, mid, answers)
        self.happenings.append(ThreadPassed(instant(at), page_id, contact_id, to_bot, answers=answers))

    def erased(self, page_id: str, contact_id: str, grave: str) -> None:
        """Of two tickers who see that somebody is erased, one may have slept: it is told once, when it became true."""
        if (page_id, grave) not in self._graves:
            self._graves.add((page_id, grave))
            self.counts["erased"] += 1
            self.tell(Erased(self.now(), page_id, contact_id, grave))

    def expect_change(self) -> None:
        """The commit of this instant may have changed a page's or a rule's standing: the witness is to look."""
        self.pages_may_change = True

    def learnt(self, token: str, *, is_recorded: bool) -> None:
        """A refusal that a worker heard of was recorded, or its worker died with it."""
        refused = self.learning.pop(token)
        self.pages_may_change = True
        if is_recorded:
            self.tell(replace(refused, at=self.now()))

    def stored(self, mids: tuple[str, ...]) -> None:
        """These were committed: what they tell is known from now on."""
        if not self.pausing.isdisjoint(mids):
            self.pages_may_change = True
        if not self._passings:
            return
        for mid in mids:
            passing = self._passings.pop(mid, None)
            if passing is not None:
                told = self.happenings[passing.place]
                assert isinstance(told, ThreadPassed)  # noqa: S101  it was put there
                self.happenings[passing.place] = replace(told, told_at=self.now())

    def falls_ill(self, what: str) -> None:
        """Something that everybody needs is away from now on."""
        self._unwell.setdefault(what, self.clockwork.now)

    def recovers(self, what: str) -> None:
        since = self._unwell.pop(what, None)
        if since is not None:
            self.tell(Unwell(instant(since), self.now(), what))

    def close(self) -> None:
        for what in list(self._unwell):
            self.recovers(what)


_GETTERS: dict[type, "attrgetter[tuple[object, ...]]"] = {}


def hash_of(happenings: list[Happening], rows: list[tuple[object, ...]]) -> str:
    """The sha256 over a canonical telling; the same for the same seed on every machine."""
    digest = hashlib.sha256()
    for happening in happenings:
        kind = type(happening)
        getter = _GETTERS.get(kind)
        if getter is None:
            getter = _GETTERS[kind] = attrgetter(*(f.name for f in fields(kind)))
        told = [value.isoformat() if isinstance(value, datetime) else value for value in getter(happening)]
        digest.update(f"{kind.__name__}{told}\n".encode())
    for row in rows:
        digest.update(f"{row}\n".encode())
    return digest.hexdigest()
