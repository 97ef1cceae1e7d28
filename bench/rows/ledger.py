"""Appending to the ledger, beside the bare insert of the same rows."""

import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from itertools import count

from bench.bare_sql import Script, recorded_webhooks
from bench.figures import Figure, Result, at_least, at_least_of_limit, compare, interleave
from bench.recorder import Recorder
from bench.stage import DATABASES, House, Stage
from botapp.storage import ledger
from botapp.storage.ledger import Entry, EntryKind, NumberedEntry

_BATCHES = (1, 100, 1000)
_LEAST_A_SECOND = 10_000
_LEAST_SHARE = 0.75  # of the rate without the ledger: it may cost a webhook a quarter
_CONTACT_ID = 1


def run(stage: Stage) -> Result:
    """Batches as the one write path makes them."""
    figures: list[Figure] = []
    for database in DATABASES:
        for batch in _BATCHES:
            own, bare = _rates(stage, database, batch)
            limit = ("bare SQL of the same transaction", bare)
            budget = at_least(_LEAST_A_SECOND) if batch == max(_BATCHES) else None
            what = f"{database}: ledger entries appended, {batch:,} in a transaction"
            figures.append(compare(what, "1/s", own, against=limit, budget=budget))
        figures.append(_share_of_a_webhook(stage, database))
    return Result(figures)


def _share_of_a_webhook(stage: Stage, database: str) -> Figure:
    """What the database takes for a webhook with its entries, and without them."""
    each = stage.size.pick(300, 50)
    total = each * stage.size.rounds
    with (
        recorded_webhooks(stage, database, total) as whole,
        recorded_webhooks(stage, database, total, without_table="ledger_entry") as rest,
    ):
        rates = interleave(stage.size.rounds, {"whole": partial(whole.issue, each), "rest": partial(rest.issue, each)})
    what = f"{database}: bare SQL of a webhook's transaction"
    limit = ("the same without the ledger", rates["rest"])
    return compare(what, "1/s", rates["whole"], against=limit, budget=at_least_of_limit(_LEAST_SHARE))


def _rates(stage: Stage, database: str, batch: int) -> tuple[list[float], list[float]]:
    house, copy = stage.house(database), stage.house(database)
    transactions = stage.size.pick(20_000, 1000) // batch // (50 if batch == 1 else 1)
    numbers = count(1)
    recorder = Recorder()
    script = Script(copy.installation.settings.database_address, recorder.transactions)
    own, bare = [], []
    with recorder.listening(house.installation.database), closing(script):
        for _ in range(stage.size.rounds):
            own.append(append(house, transactions, batch, numbers))
            bare.append(batch * script.issue(transactions))
    return own, bare


def append(house: House, transactions: int, batch: int, numbers: Iterator[int]) -> float:
    """Entries a second, appended as the one write path does it."""
    database = house.installation.database
    now = house.installation.clock.now()
    began = time.perf_counter()
    for _ in range(transactions):
        entries = [
            NumberedEntry(
                1,
                _CONTACT_ID,
                next(numbers),
                Entry(EntryKind.INTERACTION, occurred_at=now, evidence_key="m:m_0123456789abcdef", details={"n": 1}),
            )
            for _ in range(batch)
        ]
        with database.transaction() as connection:
            ledger.append_numbered(connection, entries, now)
    return transactions * batch / (time.perf_counter() - began)
