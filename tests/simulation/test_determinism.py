"""The same seed, the same bytes."""

import os
import subprocess
import sys

from botapp.simulation.run import WorldPlan, run_world

_PLAN = WorldPlan(seed=20, customers=40, days=5)
_ELSEWHERE = """
from botapp.simulation.run import WorldPlan, run_world
print(run_world(WorldPlan(seed=20, customers=40, days=5)).trace_hash)
"""


def test_the_same_seed_gives_the_same_trace() -> None:
    assert run_world(_PLAN).trace_hash == run_world(_PLAN).trace_hash


def test_another_process_with_other_hashes_of_strings_tells_the_same() -> None:
    told = {
        subprocess.run(  # noqa: S603  our own interpreter and code
            [sys.executable, "-c", _ELSEWHERE],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }

    assert told == {run_world(_PLAN).trace_hash}


def test_another_seed_is_another_world() -> None:
    other = WorldPlan(seed=21, customers=40, days=5)

    assert run_world(_PLAN).trace_hash != run_world(other).trace_hash
