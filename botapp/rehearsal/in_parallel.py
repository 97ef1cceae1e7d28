"""A backtest by several processes: each lives through slices of the contacts, in whatever order."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context

import numpy as np
from numpy.typing import NDArray

from botapp.clock import SystemClock
from botapp.rehearsal.backtest import Backtest, Walked
from botapp.rehearsal.backtested import Backtested
from botapp.rehearsal.courses import Courses
from botapp.rehearsal.forecast import Progress
from botapp.rehearsal.shared_limits import Closing
from botapp.rehearsal.tally import Tally
from botapp.storage import history
from botapp.storage.engine import Database
from botapp.storage.history import Slice

CONTACTS_AT_ONCE = 500
_AHEAD = 4  # slices for each process, so that none waits


def slices(database: Database, account_id: int) -> Iterator[Slice]:
    """All contacts of a page."""
    after = 0
    while True:
        with database.reading() as connection:
            found = history.next_slice(connection, account_id, after, CONTACTS_AT_ONCE)
        if found is None:
            return
        yield found
        after = found.last


@dataclass(frozen=True, slots=True)
class Helpers:
    """Processes of their own, and the database's address for them."""

    number: int
    address: str


@dataclass(frozen=True, slots=True)
class _Work:
    """Some contacts to live through."""

    part: Slice
    closings: Sequence[Closing] = ()
    only: frozenset[int] | None = None  # of the contacts, where not all


_Walk = Callable[[Iterable[_Work]], Iterator[Walked]]


def run(database: Database, backtest: Backtest, progress: Progress, helpers: Helpers | None = None) -> Backtested:
    """All slices together; in this process, or by helpers.

    Where a limit that all share has no room, those whom that touches are lived through again, and at last everybody.
    """
    parts = list(slices(database, backtest.page.id))
    with database.reading() as connection:
        meter = _Meter(progress, history.count_contacts(connection, backtest.page.id))
    with _crew(database, backtest, helpers) as walk:
        walked = _joined(meter.each(walk(_Work(part) for part in parts), CONTACTS_AT_ONCE))
        closings = _find_closings(backtest, walk, parts, walked.courses, meter)
        if closings:
            meter.expect(meter.number)
            again = walk(_Work(part, closings) for part in parts)
            walked = _joined(meter.each(again, CONTACTS_AT_ONCE))
    meter.finish()
    return backtest.conclude(walked)


def _find_closings(
    backtest: Backtest, walk: _Walk, parts: Sequence[Slice], courses: Courses, meter: "_Meter"
) -> Sequence[Closing]:
    """One after the other: what comes after one depends on it, what came before it does not."""
    closings: list[Closing] = []
    while (closing := backtest.limits.next_closing(courses)) is not None:
        closings.append(closing)
        touched = courses.touched(closing.at, closing.until, sent_only=closing.rule is None)
        work = list(_work_on(touched, parts, closings))
        meter.expect(len(touched))
        again = meter.each(walk(work), len(touched) / max(len(work), 1))
        courses = Courses.joined([courses.without(touched), *(each.courses for each in again)])
    return closings


def _work_on(contacts: NDArray[np.int64], parts: Iterable[Slice], closings: Sequence[Closing]) -> Iterator[_Work]:
    for part in parts:
        first, last = np.searchsorted(contacts, [part.after, part.last], side="right")
        if first < last:
            yield _Work(part, tuple(closings), frozenset(contacts[first:last].tolist()))


def _joined(parts: Iterable[Walked]) -> Walked:
    tally, courses = Tally(), []
    for each in parts:
        tally.add(each.tally)
        courses.append(each.courses)
    return Walked(tally, Courses.joined(courses))


class _Meter:
    """How far it is: contacts looked at, of those that are to be looked at as far as is known."""

    def __init__(self, progress: Progress, number: int) -> None:
        self.number = self._expected = number
        self._progress, self._done = progress, 0.0
        progress(0, number)

    def expect(self, more: int) -> None:
        self._expected += more

    def each(self, walked: Iterable[Walked], contacts: float) -> Iterator[Walked]:
        """Each stands for so many contacts."""
        for one in walked:
            yield one
            self._done = min(self._done + contacts, self._expected)
            self._progress(int(self._done), self._expected)

    def finish(self) -> None:
        self._progress(self._expected, self._expected)


@contextmanager
def _crew(database: Database, backtest: Backtest, helpers: Helpers | None) -> Iterator[_Walk]:
    """Who lives through it, for as long as the block lasts."""
    if helpers is None:
        yield lambda every: (backtest.run(database, work.part, work.closings, work.only) for work in every)
        return
    with ProcessPoolExecutor(
        helpers.number,
        mp_context=get_context("spawn"),
        initializer=_Worker.begin,
        initargs=(helpers.address, backtest),
    ) as pool:
        yield partial(_elsewhere, pool, _AHEAD * helpers.number)


def _elsewhere(pool: ProcessPoolExecutor, at_once: int, every: Iterable[_Work]) -> Iterator[Walked]:
    pending: set[Future[tuple[str, bytes]]] = set()
    for work in every:
        pending.add(pool.submit(_Worker.run, work))
        if len(pending) >= at_once:
            yield from _gather(pending)
    while pending:
        yield from _gather(pending)


def _gather(pending: set[Future[tuple[str, bytes]]]) -> Iterator[Walked]:
    """What is done by now, and is pending no more."""
    done = wait(pending, return_when=FIRST_COMPLETED).done
    pending -= done
    for each in done:
        tally, courses = each.result()
        yield Walked(Tally.from_json(tally), Courses.read(courses))


class _Worker:
    """What a process keeps between its slices."""

    database: Database
    backtest: Backtest

    @classmethod
    def begin(cls, address: str, backtest: Backtest) -> None:
        cls.database, cls.backtest = Database(address, clock=SystemClock(), pool_size=1), backtest

    @classmethod
    def run(cls, work: _Work) -> tuple[str, bytes]:
        walked = cls.backtest.run(cls.database, work.part, work.closings, work.only)
        return walked.tally.as_json(), walked.courses.as_bytes()
