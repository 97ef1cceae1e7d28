"""One part of an instance as a child process: what to run, its present life, its log."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from botapp.runtime.guard import group_is_alive, signal_group

_SHORTEST_DELAY_SECONDS = 0.2
_LONGEST_DELAY_SECONDS = 5.0
_HEALTHY_AFTER_SECONDS = 60.0
_LOG_LIMIT_BYTES = 10_000_000
_TAIL_LINES = 12


class StartError(Exception):
    """A child could not be started or never became ready; the message names it and quotes the end of its log."""


@dataclass(frozen=True, slots=True)
class Child:
    """One part: its command, what is added to our environment, and how to see that it answers.

    `ready` is asked again and again while starting and must return within about a second. None: not waited for.
    Nobody behind it is started before it is ready, nor is it asked to stop before they ended, unless it is one of
    those that start and stop `together`.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], bool] | None = None
    together: bool = False


class ChildRun:
    """The lives of one child, one after the other. Each is the leader of a session, and so of a process group."""

    def __init__(self, child: Child, log_dir: Path) -> None:
        self.child = child
        self.log = log_dir / f"{child.name}.log"
        self.group: int | None = None  # stays until the group's last member is known to be gone
        self.due_at = 0.0
        self.frozen_at: float | None = None  # when it was stopped (SIGSTOP), if it was not let go on since
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._delay_seconds = 0.0
        self._log_offset = 0

    @property
    def is_running(self) -> bool:
        """True from the start until the end was reaped."""
        return self._process is not None

    @property
    def has_members(self) -> bool:
        """True while the child, or anybody it started in its group, is there."""
        return self.group is not None and group_is_alive(self.group)

    def start(self, now: float) -> int:
        """Begins a life and returns its process group. Raises StartError when there is nothing to run."""
        self.trim_log()
        with self.log.open("ab") as log:
            self._log_offset = log.tell()
            try:
                self._process = subprocess.Popen(  # noqa: S603  # our own parts, named by the CLI
                    self.child.command,
                    env={**os.environ, **self.child.environment},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,  # Ctrl-C in the terminal is the supervisor's alone
                )
            except OSError as error:
                raise StartError(f"{self.child.name} could not be started: {error}") from error
        self.group = self._process.pid
        self._started_at = now
        return self.group

    def answers(self) -> bool:
        """True when it is ready, or nobody wants to know."""
        return self.child.ready is None or self.child.ready()

    def ended(self, exit_code: int, now: float) -> None:
        """Its process was reaped: asks what it left in its group to end, and sets when it is due again."""
        if self._process is not None:
            self._process.returncode = exit_code  # Popen must not wait for a number that is no longer ours
        self._process = self.frozen_at = None
        self.signal(signal.SIGTERM)
        lived_long = now - self._started_at >= _HEALTHY_AFTER_SECONDS
        doubled = min(self._delay_seconds * 2, _LONGEST_DELAY_SECONDS)
        self._delay_seconds = _SHORTEST_DELAY_SECONDS if lived_long or not doubled else doubled
        self.due_at = now + self._delay_seconds

    @property
    def delay_seconds(self) -> float:
        """How long the present pause between two lives is."""
        return self._delay_seconds

    def is_process(self, process_id: int) -> bool:
        """True when the number is that of the present life."""
        return self._process is not None and self._process.pid == process_id

    def signal(self, number: int) -> None:
        """Sends a signal to the child and everybody in its group."""
        if self.group is not None:
            signal_group(self.group, number)

    def log_tail(self) -> str:
        """The last lines of the present or last life, indented, for an error message."""
        with self.log.open("rb") as log:
            log.seek(self._log_offset)
            lines = log.read().decode(errors="replace").splitlines()[-_TAIL_LINES:]
        return "\n".join(f"    {line}" for line in lines) or "    (it wrote nothing)"

    def trim_log(self) -> None:
        """Keeps one older file; what is written during the copy is lost. Appending writers go on where it ends."""
        if self.log.exists() and self.log.stat().st_size > _LOG_LIMIT_BYTES:
            shutil.copyfile(self.log, self.log.with_suffix(".log.1"))
            os.truncate(self.log, 0)
            self._log_offset = 0
