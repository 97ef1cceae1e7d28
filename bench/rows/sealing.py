"""Sealing the ledger into its tree: how fast, and how long after an entry was written it is signed for."""

import time
from itertools import count

from sqlalchemy import func, select

from bench.figures import Figure, Result, at_least, at_most, compare, percentile
from bench.rows.ledger import append
from bench.stage import DATABASES, House, Stage
from botapp.audit.tree import Frontier, leaf_hash
from botapp.storage.schema import checkpoint, ledger_entry

_LEAST_SEALED = 10_000
_MOST_LAG_SECONDS = 2
_PATIENCE_SECONDS = 60.0
_BEFORE = 10  # entries
_STEADY = (20, 50)  # transactions a second, and entries in each
_BATCH = 1000
_LEAF = b"{" + b"a" * 250 + b"}"


def run(stage: Stage) -> Result:
    """Each database."""
    figures: list[Figure] = []
    transactions = stage.size.pick(20, 1)
    entries = transactions * _BATCH
    for database in DATABASES:
        house, numbers = stage.house(database), count(1)
        sealer = house.installation.sealer()
        sealer.seal()  # what was there before
        own, bare = [], []
        for _ in range(stage.size.rounds):
            append(house, transactions, _BATCH, numbers)
            began = time.perf_counter()
            sealed = sealer.seal()
            own.append(sealed / (time.perf_counter() - began))
            bare.append(_hash(entries))
        limit = ("the same number of leaves hashed into a tree in memory", bare)
        what = f"{database}: entries sealed"
        figures.append(compare(what, "1/s", own, against=limit, budget=at_least(_LEAST_SEALED)))
        figures.extend(_lag(stage, database))
    note = "Signed for: from the entry's instant to that of the first checkpoint which covers it; a ticker seals."
    return Result(figures, notes=[note])


def _lag(stage: Stage, database: str) -> list[Figure]:
    """While entries are written all the time, a few transactions at once."""
    house, numbers = stage.house(database), count(1)
    append(house, 1, _BEFORE, numbers)
    house.process("ticker")
    _lags_once_signed(house)  # the ticker is at it
    transactions, batch = _STEADY
    began = time.perf_counter()
    for number in range(transactions * stage.size.pick(20, 2)):
        time.sleep(max(0.0, began + number / transactions - time.perf_counter()))
        append(house, 1, batch, numbers)
    lags = sorted(_lags_once_signed(house)[_BEFORE:])
    what = f"{database}: an entry is signed for, {transactions * batch:,} written a second"
    budget = at_most(_MOST_LAG_SECONDS)
    return [
        compare(f"{what}, p50", "s", [percentile(lags, 0.5)]),
        compare(f"{what}, p99", "s", [percentile(lags, 0.99)], budget=budget),
    ]


def _lags_once_signed(house: House) -> list[float]:
    """Seconds for each entry, when all are signed for."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        found = _lags(house)
        lags = [lag for lag in found if lag is not None]
        if len(lags) == len(found):
            return lags
        time.sleep(0.2)
    raise AssertionError(f"not everything is signed for\n{house.crew.log_tails()}")


def _lags(house: House) -> list[float | None]:
    """None where no checkpoint covers the entry yet."""
    covers = select(func.min(checkpoint.c.sealed_at)).where(checkpoint.c.size > ledger_entry.c.leaf_index)
    asked = select(ledger_entry.c.recorded_at, covers.scalar_subquery()).where(ledger_entry.c.contact_id > 0)
    asked = asked.order_by(ledger_entry.c.sequence)
    with house.installation.database.reading() as connection:
        rows = connection.execute(asked).all()
    return [(sealed - recorded).total_seconds() if sealed else None for recorded, sealed in rows]


def _hash(entries: int) -> float:
    frontier, began = Frontier(), time.perf_counter()
    for _ in range(entries):
        frontier.append(leaf_hash(_LEAF))
    frontier.root()
    return entries / (time.perf_counter() - began)
