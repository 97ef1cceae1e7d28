"""Sealing the ledger into its tree, and verifying an export of it offline."""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from bench.bundles import write_bundle
from bench.figures import Figure, Result, at_least, compare
from bench.rows.ledger import append
from bench.stage import DATABASES, Stage
from botapp.audit.tree import Frontier, leaf_hash

_LEAST_SEALED = 10_000
_LEAST_VERIFIED = 10_000_000 / 120  # ten million in two minutes, on two cores
_BATCH = 1000
_LEAF = b"{" + b"a" * 250 + b"}"


def run(stage: Stage) -> Result:
    """Each database, and a bundle."""
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
    return Result([*figures, *_verification(stage)])


def _hash(entries: int) -> float:
    frontier, began = Frontier(), time.perf_counter()
    for _ in range(entries):
        frontier.append(leaf_hash(_LEAF))
    frontier.root()
    return entries / (time.perf_counter() - began)


def _verification(stage: Stage) -> Iterator[Figure]:
    """By the program inside the bundle, on all cores; and what of that a core does in a second of its own."""
    entries = stage.size.pick(500_000, 5000)
    bundle = write_bundle(stage.directory / "bundle", entries)
    rates, own, bare = [], [], []
    for _ in range(stage.size.rounds):
        began, cpu = time.perf_counter(), _children_seconds()
        _verify(bundle)
        rates.append(entries / (time.perf_counter() - began))
        own.append(entries / (_children_seconds() - cpu))
        bare.append(_hash(entries))
    against = ("as many leaves hashed into a tree in memory, by one", bare)
    what = f"entries of a bundle verified offline, {os.cpu_count()} cores"
    yield compare(what, "1/s", rates, against=against, budget=at_least(round(_LEAST_VERIFIED)))
    what = "entries verified in a second of one core's time"
    yield compare(what, "1/s", own, against=against, budget=at_least(round(_LEAST_VERIFIED / 2)))


def _verify(bundle: Path) -> None:
    command = [sys.executable, "-I", "-S", str(bundle / "verify.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the bundle does not hold: {done.stdout[-1000:]}{done.stderr[-1000:]}")


def _children_seconds() -> float:
    """Of processor time that this process's children took, those that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
