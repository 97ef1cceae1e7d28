"""The processes that are measured: started as an installation starts them, and gone when the benchmark is."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Self

from bench.machine import Family
from botapp.runtime.guard import Guard, end_groups

_START_SECONDS = 60.0
_END_SECONDS = 10.0
_LOOK_SECONDS = 0.02


class StartError(Exception):
    """A process did not come up; the message quotes the end of its log."""


class Crew:
    """Processes of one row. A guard ends them even if the benchmark is killed outright."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._processes: list[subprocess.Popen[bytes]] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        held = self._stack.enter_context(tempfile.TemporaryFile(dir=self._directory))
        self._guard = self._stack.enter_context(Guard(held.fileno()))
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(_END_SECONDS)  # one that nobody waits for counts among its group for ever
        end_groups([process.pid for process in self._processes])
        self._stack.close()

    def start(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str] | None = None,
        ready: Callable[[], bool] | None = None,
    ) -> Family:
        """A new process; returns once it is ready."""
        log = self._directory / f"{name}.log"
        kept = {key: value for key, value in os.environ.items() if not key.startswith("BOTAPP_")}
        with log.open("ab") as output:
            process = subprocess.Popen(
                command,
                env={**kept, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._processes.append(process)
        self._guard.watch(process.pid)
        deadline = time.monotonic() + _START_SECONDS
        while ready is not None and not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                raise StartError(f"{name} did not start:\n{log.read_text()[-2000:]}")
            time.sleep(_LOOK_SECONDS)
        return Family(process.pid)

    def log_tails(self) -> str:
        """The last lines of everybody, for the message of a fault."""
        logs = sorted(self._directory.glob("*.log"))
        return "\n".join(f"{log.name}: {log.read_text()[-800:]}" for log in logs if log.stat().st_size)


def python(module: str, *arguments: str) -> list[str]:
    """The command for a module in our own interpreter."""
    return [sys.executable, "-m", module, *arguments]


def listens(port: int) -> Callable[[], bool]:
    """Whether somebody answers there."""

    def ask() -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
        return False

    return ask


def free_port() -> int:
    """A port of the loopback address that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def reset_signals() -> None:
    """Ctrl-C ends the benchmark in good order, by an exception in the main thread."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
