"""Keeps the counts of the marketers' overview up with the log, and counts all of it once more to compare."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from sqlalchemy import Connection

from botapp.clock import Clock
from botapp.policy.analytics.funnel import Counts, Followed, FunnelBook, Losses, LossSlot, Slot, by_days
from botapp.storage import plan_counts, rollups, tree
from botapp.storage.engine import Database
from botapp.storage.rollups import Progress

_MOST_AT_ONCE = 2000  # entries, and contacts whose time is up
_SECONDS_OF_A_ROUND = 0.15  # the ticker has other duties too
_AHEAD = timedelta(hours=24)
_PLANS_EVERY_SECONDS = 2.0
_SHARE_OF_PLANS = 0.02  # of the time, at most, goes into counting plans
_SETTLED_EVERY = 100_000  # entries
_FROM_THE_LOG = ("language", "variant")
_NOT_ON_THE_LOG = ("delivered", "seen")
Tell = Callable[[int, int], None]
_Key = TypeVar("_Key", tuple[Slot, str], LossSlot)


@dataclass(frozen=True, slots=True)
class RollupKeeper:
    """Takes sealed entries in their order. Any number of processes may: each entry is taken once."""

    database: Database
    window: timedelta  # how long one is open

    def advance(self) -> int:
        """Take the next entries, or contacts whose time is up; how many. 0 as well if another process was quicker.

        All is looked up and counted before the transaction that writes: nobody waits for it.
        """
        with self.database.reading() as connection:
            before = rollups.load_progress(connection)
            end = min(before.taken + _MOST_AT_ONCE, tree.load_size(connection))
            entries = rollups.load_entries(connection, before.taken, end)
            people = {(entry.account_id, entry.contact_id) for entry in entries}
            followed = rollups.load_followed(connection, people) if people else []
            clock = max([before.clock, *(entry.recorded_at for entry in entries)])
            known = {each.contact for each in followed}
            due = rollups.load_due(connection, clock, _MOST_AT_ONCE)
            followed += [each for each in due if each.contact not in known]
            if end == before.taken and not due:
                return 0
            book = FunnelBook(self.window // timedelta(microseconds=1), before.clock, followed)
            for entry in entries:
                book.take(entry)
            _look_up(connection, book)
        book.settle()
        with self.database.transaction() as connection:
            if not rollups.take(connection, before, end, book.clock):
                return 0
            _save(connection, followed, book)
        return end - before.taken + len(due)

    def forget(self) -> None:
        """Throw all counts away: they are counted again from the first entry of the log on."""
        with self.database.transaction() as connection:
            rollups.forget_all(connection)

    def catch_up(self, tell: Tell) -> None:
        """Take everything that is sealed."""
        while self.advance():
            with self.database.reading() as connection:
                tell(rollups.load_progress(connection).taken, tree.load_size(connection))

    def rebuild(self, tell: Tell | None = None) -> "Rebuilt":
        """Count everything again from the first entry on, up to where the counts are. Changes nothing.

        `tell` is called now and then with how many entries were taken, and how many there are.
        """
        while self._settle_all():
            pass
        with self.database.reading() as connection:
            rollups.see_one_moment(connection)
            progress = rollups.load_progress(connection)
            kept, days = rollups.load_all(connection), rollups.load_days(connection)
        with self.database.reading() as connection:  # entries that have a place do not change
            told = self._tell_again(connection, progress, tell or (lambda _done, _all: None))
        return Rebuilt(progress.taken, *kept, *days, *told)

    def _settle_all(self) -> bool:
        """Whether somebody's time was up: what is compared is to be as old as the clock says."""
        with self.database.reading() as connection:
            progress = rollups.load_progress(connection)
            is_due = bool(rollups.load_due(connection, progress.clock, 1))
        return is_due and self.advance() > 0

    def _tell_again(self, connection: Connection, progress: Progress, tell: Tell) -> tuple[Counts, Losses]:
        counts, losses, taken = Counts(), Losses(), 0
        window = self.window // timedelta(microseconds=1)
        book = FunnelBook(window)
        while taken < progress.taken:
            end = min(taken + _MOST_AT_ONCE, progress.taken)
            for entry in rollups.load_entries(connection, taken, end):
                book.take(entry)
            if end // _SETTLED_EVERY != taken // _SETTLED_EVERY or end == progress.taken:
                book.settle()
                followed, (more, lost) = book.followed(), book.changes()
                counts.update(more)
                losses.update(lost)
                book = FunnelBook(window, book.clock, followed)
            taken = end
            tell(taken, progress.taken)
        return counts, losses


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What is kept, and what the log tells, of the first so many entries."""

    entries: int
    kept: Counts
    kept_losses: Losses
    days: Counts  # kept as well: the sums of whole days
    days_losses: Losses
    told: Counts
    told_losses: Losses

    def differences(self) -> Iterator[str]:
        """Each in words; none if all is as the log tells."""
        yield from _differing(_told_by_the_log(self.kept), _told_by_the_log(self.told), "")
        yield from _differing(self.kept_losses, self.told_losses, "lost ")
        # What customers had asked about is not on the log. Its split counts the same messages, and must add up to them.
        yield from _differing(_summed(self.kept, "intent"), _summed(self.kept, "language"), "split by intent, ")
        counts, losses = by_days(self.kept, self.kept_losses)
        yield from _differing(self.days, counts, "whole day, ", "its hours come to")
        yield from _differing(self.days_losses, losses, "whole day, lost ", "its hours come to")


@dataclass(slots=True)
class RollupRounds:
    """What the leading ticker does for the overview, a little at each call."""

    keeper: RollupKeeper
    clock: Clock
    _plans_at: float = field(default=float("-inf"))

    def run(self) -> None:
        """To be called about twice a second."""
        until = self.clock.elapsed() + _SECONDS_OF_A_ROUND
        while self.keeper.advance() and self.clock.elapsed() < until:
            pass
        if self.clock.elapsed() >= self._plans_at:
            self._count_plans()

    def _count_plans(self) -> None:
        """The longer it takes, the later it is done again."""
        begun_at = self.clock.elapsed()
        database = self.keeper.database
        with database.reading() as connection:
            now = database.now(connection)
            counted = plan_counts.count(connection, now, _AHEAD)
        with database.transaction() as connection:
            plan_counts.save(connection, counted, now)
        took = self.clock.elapsed() - begun_at
        self._plans_at = self.clock.elapsed() + max(_PLANS_EVERY_SECONDS, took / _SHARE_OF_PLANS)


def _look_up(connection: Connection, book: FunnelBook) -> None:
    """What the log does not tell of the sends in hand."""
    if asked := book.unnoted():
        book.note_intents(rollups.find_intents(connection, asked), asked)
    if asked := book.unreceipted():
        book.note_receipts(rollups.find_receipts(connection, asked), asked)


def _save(connection: Connection, before: list[Followed], book: FunnelBook) -> None:
    known, now = {each.contact: each for each in before}, book.followed()
    kept = {each.contact for each in now}
    rollups.save(connection, [each for each in now if known.get(each.contact) != each], known.keys() - kept)
    rollups.add(connection, *book.changes())


def _told_by_the_log(counts: Counts) -> Counts:
    found = {
        (slot, measure): number
        for (slot, measure), number in counts.items()
        if slot.split in _FROM_THE_LOG and measure not in _NOT_ON_THE_LOG
    }
    return Counts(found)


def _summed(counts: Counts, split: str) -> Counts:
    found: Counts = Counter()
    for (slot, measure), number in counts.items():
        if slot.split == split:
            found[Slot(slot.account_id, "sum", slot.hour, "", slot.rule, slot.version), measure] += number
    return found


def _differing(kept: "Counter[_Key]", told: "Counter[_Key]", what: str, teller: str = "the log tells") -> Iterator[str]:
    for key in sorted(kept.keys() | told.keys(), key=str):
        if kept[key] != told[key]:
            yield f"{what}{_named(key)}: {kept[key]} are counted, {teller} {told[key]}"


def _named(key: tuple[Slot, str] | LossSlot) -> str:
    slot, measure = (key, "windows") if isinstance(key, LossSlot) else key
    return f"{', '.join(f'{name} {value}' for name, value in slot._asdict().items())}, {measure}"
