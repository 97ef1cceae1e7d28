"""Exporting a log by the real command, and verifying ten million entries by the program in the bundle."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import psutil

from bench.bundles import multiply
from bench.figures import Figure, Result, at_least, at_most, compare
from bench.logs import fill_log
from bench.machine import Family
from bench.processes import python
from bench.stage import PAGE_ID, House, Stage
from botapp.bootstrap.foundation import PLATFORM
from botapp.storage import accounts

_BUDGET_SECONDS = 120  # for ten million, of two cores
_BUDGET_ENTRIES = 10_000_000
_CORES = 2
_LEAST_OF_A_CORE = round(_BUDGET_ENTRIES / _BUDGET_SECONDS / _CORES)
_LOOK_SECONDS = 0.1


class _Spent(NamedTuple):
    """What a command took. The memory is the most that its processes had together."""

    seconds: float
    cpu_seconds: float
    memory_mib: float


def run(stage: Stage) -> Result:
    """In the embedded database, which is the quicker one to fill; the bundle is the same from either."""
    few, times = stage.size.pick(100_000, 500), stage.size.pick(10, 2)
    house = stage.house("sqlite")
    with house.installation.database.reading() as connection:
        account = accounts.find_by_pages(connection, PLATFORM, [PAGE_ID])[PAGE_ID]
    figures: list[Figure] = []
    for before, count in ((0, few), (few, few * times)):
        fill_log(house, account.id, count - before, after=before)
        bundle = stage.directory / f"exported-{count}"
        figures += _exporting(house, bundle, count)
    whole = stage.directory / "whole"
    key, now = house.installation.signer.keys()[0], house.installation.clock.now()
    entries = multiply(bundle, whole, times, key, now)
    command = [sys.executable, "-I", "-S", str(whole / "verify.py")]
    rounds = [_spend(command, os.environ) for _ in range(stage.size.rounds)]
    size = (whole / "entries.tsv").stat().st_size / 1e9
    note = (
        f"The verified bundle has {entries:,} entries and {size:.1f} GB: each customer of the larger export"
        f" {times} times, with another number. Memory is that of all processes of the command together, looked at ten"
        " times a second."
    )
    return Result([*figures, *_verifying(entries, rounds)], notes=[note])


def _exporting(house: House, bundle: Path, entries: int) -> Sequence[Figure]:
    command = python("botapp", "audit", "export", "--out", str(bundle))
    spent = _spend(command, {**os.environ, **house.environment})
    return (
        compare(f"export of {entries:,} entries", "1/s", [entries / spent.seconds]),
        compare(f"export of {entries:,} entries: memory", "MiB", [spent.memory_mib]),
    )


def _verifying(entries: int, rounds: Sequence[_Spent]) -> Sequence[Figure]:
    most = at_most(_BUDGET_SECONDS) if entries >= _BUDGET_ENTRIES else None
    own = [entries / it.cpu_seconds for it in rounds]
    what = f"{entries:,} entries verified offline, {os.cpu_count()} cores"
    return (
        compare(what, "s", [it.seconds for it in rounds], budget=most),
        compare(f"{what}: processor time", "s", [it.cpu_seconds for it in rounds]),
        compare(f"{what}: memory", "MiB", [it.memory_mib for it in rounds]),
        compare("entries verified in a second of one core's time", "1/s", own, budget=at_least(_LEAST_OF_A_CORE)),
    )


def _spend(command: Sequence[str], environment: Mapping[str, str]) -> _Spent:
    """Run a command, which must succeed."""
    began, memory = time.perf_counter(), 0.0
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, env=dict(environment), stdout=output, stderr=subprocess.STDOUT)
        family, ended = Family(process.pid), 0
        while not ended:
            with suppress(psutil.Error):  # one of them ended meanwhile
                memory = max(memory, family.whole_memory_mib())
            time.sleep(_LOOK_SECONDS)
            ended, status, used = os.wait4(process.pid, os.WNOHANG)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        if process.returncode:
            raise RuntimeError(f"{command[-1]} ended with {process.returncode}: {output.read()[-2000:].decode()}")
    return _Spent(time.perf_counter() - began, used.ru_utime + used.ru_stime, memory)
