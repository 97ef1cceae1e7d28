"""A backtest by several processes: each lives through slices of the contacts, in whatever order."""

from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from multiprocessing import get_context

from botapp.clock import SystemClock
from botapp.rehearsal.backtest import Backtest, Backtested
from botapp.rehearsal.forecast import Progress
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


def run(database: Database, backtest: Backtest, progress: Progress, helpers: Helpers | None = None) -> Backtested:
    """All slices together; in this process, or by helpers."""
    every, tally = slices(database, backtest.page.id), Tally()
    parts = _elsewhere(helpers, backtest, every) if helpers else _here(database, backtest, every)
    with database.reading() as connection:
        number, done = history.count_contacts(connection, backtest.page.id), 0
    progress(0, number)
    for part in parts:
        tally.add(part)
        done = min(done + CONTACTS_AT_ONCE, number)
        progress(done, number)
    return backtest.conclude(tally)


def _here(database: Database, backtest: Backtest, every: Iterable[Slice]) -> Iterator[Tally]:
    return (backtest.run(database, part) for part in every)


def _elsewhere(helpers: Helpers, backtest: Backtest, every: Iterable[Slice]) -> Iterator[Tally]:
    with ProcessPoolExecutor(
        helpers.number,
        mp_context=get_context("spawn"),
        initializer=_Worker.begin,
        initargs=(helpers.address, backtest),
    ) as pool:
        pending: set[Future[str]] = set()
        for part in every:
            pending.add(pool.submit(_Worker.run, part))
            if len(pending) >= _AHEAD * helpers.number:
                yield from _gather(pending)
        while pending:
            yield from _gather(pending)


def _gather(pending: set[Future[str]]) -> Iterator[Tally]:
    """What is done by now, and is pending no more."""
    done = wait(pending, return_when=FIRST_COMPLETED).done
    pending -= done
    for each in done:
        yield Tally.from_json(each.result())


class _Worker:
    """What a process keeps between its slices."""

    database: Database
    backtest: Backtest

    @classmethod
    def begin(cls, address: str, backtest: Backtest) -> None:
        cls.database, cls.backtest = Database(address, clock=SystemClock(), pool_size=1), backtest

    @classmethod
    def run(cls, part: Slice) -> str:
        return cls.backtest.run(cls.database, part).as_json()
