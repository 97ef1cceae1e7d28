"""Prints, for docs/proof.md, how soon each planted fault is found: python -m tests.simulation.planted.table"""

import logging
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tests.simulation.planted.fault import Found, search
from tests.simulation.planted.faults import FAULTS

_HEAD = ("planted", "seed", "customer-days until found", "broken", "taken away from the schema")


def main() -> None:
    _print(f"| {' | '.join(_HEAD)} |")
    _print(f"| {' | '.join('---' for _ in _HEAD)} |")
    missed = 0
    # By their numbers, because faults hold functions that no other process can be handed.
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        everywhere = pool.map(_search, range(len(FAULTS)))
    for fault, found in zip(FAULTS, everywhere, strict=True):
        missed += found is None
        where = f"{found.seed} | {found.customer_days:.0f} | {found.violation.promise}" if found else "not found | |"
        _print(f"| {fault.name} | {where} | {fault.guard or 'nothing'} |")
    sys.exit(1 if missed else 0)


def _search(number: int) -> Found | None:
    logging.disable(logging.CRITICAL)  # production says when a send fails; here many are meant to
    return search(FAULTS[number])


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
