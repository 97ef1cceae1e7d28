"""Sealing the ledger into its tree, and verifying an export of it offline."""

import subprocess
import time
from itertools import count
from pathlib import Path

from bench.figures import Figure, Result, at_least, compare
from bench.processes import python
from bench.rows.ledger import append
from bench.stage import DATABASES, House, Stage
from botapp.audit.tree import Frontier, leaf_hash

_LEAST_SEALED = 10_000
_LEAST_VERIFIED = 10_000_000 / 120  # ten million in two minutes
_BATCH = 1000
_LEAF = b"{" + b"a" * 250 + b"}"


def run(stage: Stage) -> Result:
    """Each database; one export is verified."""
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
        if database == "sqlite":
            figures.append(_verification(house, stage.directory / "bundle", stage.size.rounds * entries))
    return Result(figures)


def _hash(entries: int) -> float:
    frontier, began = Frontier(), time.perf_counter()
    for _ in range(entries):
        frontier.append(leaf_hash(_LEAF))
    frontier.root()
    return entries / (time.perf_counter() - began)


def _verification(house: House, bundle: Path, entries: int) -> Figure:
    _botapp(house, "audit", "export", "--out", str(bundle))
    began = time.perf_counter()
    _botapp(house, "audit", "verify", str(bundle))
    rate = entries / (time.perf_counter() - began)
    what = "entries of an export verified offline, start-up included"
    against = ("as many leaves hashed into a tree in memory", [_hash(entries)])
    return compare(what, "1/s", [rate], against=against, budget=at_least(round(_LEAST_VERIFIED)))


def _botapp(house: House, *arguments: str) -> None:
    """A command of the user's, to its end."""
    environment = {"PATH": "/usr/bin:/bin", **house.environment}
    done = subprocess.run(python("botapp", *arguments), env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"botapp {arguments}: {done.stdout[-1000:]}{done.stderr[-1000:]}")
