"""A supervisor in a process of its own, and a look at everything that descends from it."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

_MARK = "BOTAPP_TEST_FAMILY"
_PROGRAM = Path(__file__).with_name("supervised.py")


class Supervised:
    """The supervisor of one test's instance; `lives` counts how often it was started."""

    def __init__(self, directory: Path, wait_until: Callable[..., None]) -> None:
        self.directory = directory
        self.var_dir = directory / "var"
        self.output = directory / "output"
        self.output.touch()
        self._wait_until = wait_until
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self, *children: dict[str, Any], ready_timeout_seconds: float = 20) -> "subprocess.Popen[bytes]":
        with self.output.open("ab") as output:
            process = subprocess.Popen(  # noqa: S603  # our own program
                [sys.executable, _PROGRAM, self.var_dir, json.dumps(children), str(ready_timeout_seconds)],
                env={**os.environ, _MARK: str(self.directory)},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._processes.append(process)
        return process

    def start_and_wait(self, *children: dict[str, Any]) -> "subprocess.Popen[bytes]":
        before = self.said().count("ready\n")
        process = self.start(*children)
        self._wait_until(lambda: self.said().count("ready\n") > before, message="ready")
        return process

    def said(self) -> str:
        return self.output.read_text()

    def log(self, name: str) -> str:
        return (self.var_dir / "log" / f"{name}.log").read_text()

    def family(self) -> dict[int, str]:
        """Process id and command of everything alive that was started for this test, the supervisor included."""
        found = {}
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if f"{_MARK}={self.directory}".encode() in (process / "environ").read_bytes().split(b"\0"):
                    found[int(process.name)] = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:  # ended meanwhile, or a zombie
                continue
        return found

    def members(self, part_of_command: str) -> list[int]:
        """The children and their descendants whose command holds the text."""
        family = self.family().items()
        return [number for number, command in family if part_of_command in command and _PROGRAM.name not in command]

    def leader(self, part_of_command: str) -> int:
        """The first of them: a shell's child shows its parent's command until it has become another program."""
        return min(self.members(part_of_command))

    def end(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()
        for number in self.family():
            with contextlib.suppress(ProcessLookupError):  # the guard is at it too
                os.kill(number, signal.SIGKILL)


@pytest.fixture
def supervised(tmp_path: Path, wait_until: Callable[..., None]) -> Iterator[Supervised]:
    if not Path("/proc/self/environ").exists():
        pytest.skip("counts processes through /proc")
    running = Supervised(tmp_path, wait_until)
    yield running
    running.end()
