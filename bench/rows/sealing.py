"""Sealing the ledger into its tree."""

import time
from itertools import count

from bench.figures import Figure, Result, at_least, compare
from bench.rows.ledger import append
from bench.stage import DATABASES, Stage
from botapp.audit.tree import Frontier, leaf_hash

_LEAST_SEALED = 10_000
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
    return Result(figures)


def _hash(entries: int) -> float:
    frontier, began = Frontier(), time.perf_counter()
    for _ in range(entries):
        frontier.append(leaf_hash(_LEAF))
    frontier.root()
    return entries / (time.perf_counter() - began)
