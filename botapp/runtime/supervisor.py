"""Runs the parts of one instance as child processes: starts them in order, starts again whoever dies or is stopped, and
ends with nothing left behind, however it is itself ended.

On Linux "nothing" holds for every descendant. Elsewhere a process that left its child's process group is not found.
"""

import contextlib
import ctypes
import os
import select
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Self, cast

from botapp.clock import Clock
from botapp.runtime.child import Child, ChildRun, StartError
from botapp.runtime.guard import Guard, descendants, kill_exactly
from botapp.runtime.instance import Instance

__all__ = ["Child", "StartError", "Supervisor"]

_POLITE_SECONDS = 3.0  # of stopping: in reverse, so that workers still have their Redis
_PATIENCE_SECONDS = 4.0  # of stopping: then SIGKILL
_REAP_SECONDS = 0.5  # after SIGKILL
_FROZEN_SECONDS = 5.0  # a part that is stopped in a transaction keeps all others of the embedded database waiting
_LOOK_SECONDS = 0.05
_LONGEST_WAIT_SECONDS = 30.0  # how often the logs' sizes are looked at
_PR_SET_CHILD_SUBREAPER = 36  # prctl(2)


class Supervisor:
    """The children of one instance. `report` gets one line for each thing worth a person's attention."""

    def __init__(
        self,
        instance: Instance,
        children: Sequence[Child],
        *,
        clock: Clock,
        report: Callable[[str], None],
        ready_timeout_seconds: float = 30.0,
    ) -> None:
        self._instance = instance
        self._clock = clock
        self._report = report
        self._ready_timeout_seconds = ready_timeout_seconds
        log_dir = instance.var_dir / "log"
        log_dir.mkdir(mode=0o700, exist_ok=True)
        self._runs = [ChildRun(child, log_dir) for child in children]

    def run(self, on_ready: Callable[[], None]) -> None:
        """Starts all, calls `on_ready` once, and returns within 5 s of SIGINT, SIGTERM or SIGHUP.

        For the main thread of a process that has no other children. Raises StartError, after stopping
        what had been started.
        """
        _adopt_orphans()
        with _Wakeups() as wakeups, Guard(self._instance.guard_descriptor) as guard:
            try:
                self._start_all(wakeups, guard)
                if not wakeups.stop_wanted:
                    on_ready()
                while not wakeups.stop_wanted:
                    wakeups.wait(self._seconds_until_due())
                    self._tend(guard)
            finally:
                self._stop(wakeups, guard)

    def _start_all(self, wakeups: "_Wakeups", guard: Guard) -> None:
        starting: list[ChildRun] = []
        for run in self._runs:
            if wakeups.stop_wanted:
                return
            guard.watch(run.start(self._clock.elapsed()))
            starting.append(run)
            if not run.child.together:
                self._await_ready(starting, wakeups, guard)
                starting = []
        self._await_ready(starting, wakeups, guard)

    def _await_ready(self, starting: Sequence[ChildRun], wakeups: "_Wakeups", guard: Guard) -> None:
        deadline = self._clock.elapsed() + self._ready_timeout_seconds
        while not wakeups.stop_wanted and (starting := [run for run in starting if not run.answers()]):
            wakeups.wait(_LOOK_SECONDS)
            self._tend(guard)
            for run in starting:
                if not run.is_running:
                    raise _start_error(run, "ended before it was ready")
                if self._clock.elapsed() > deadline:
                    raise _start_error(run, f"was not ready after {self._ready_timeout_seconds:g} s")

    def _tend(self, guard: Guard) -> None:
        for run, exit_code in self._reap(guard):
            self._report(
                f"{run.child.name} ended ({_manner(exit_code)}); starting it again in {run.delay_seconds:g} s. "
                f"Its log: {run.log}"
            )
        for run in self._frozen():
            self._report(f"{run.child.name} has been stopped for {_FROZEN_SECONDS:g} s (SIGSTOP) and is killed.")
            run.frozen_at = None
            run.signal(signal.SIGKILL)
        for run in self._runs:
            run.trim_log()
            if run.group is not None and not run.is_running and run.due_at <= self._clock.elapsed():
                run.signal(signal.SIGKILL)  # whoever of the last life is left would still hold its port
                guard.forget(run.group)
                guard.watch(run.start(self._clock.elapsed()))

    def _frozen(self) -> list[ChildRun]:
        latest = self._clock.elapsed() - _FROZEN_SECONDS
        return [run for run in self._runs if run.frozen_at is not None and run.frozen_at <= latest]

    def _reap(self, guard: Guard) -> list[tuple[ChildRun, int]]:
        """The children that ended, with their exit codes. Adopted orphans are reaped in passing."""
        ended = []
        for process_id, status in _news_of_children():
            run = next((run for run in self._runs if run.is_process(process_id)), None)
            if os.WIFSTOPPED(status) or os.WIFCONTINUED(status):
                if run is not None:
                    run.frozen_at = self._clock.elapsed() if os.WIFSTOPPED(status) else None
                continue
            exit_code = os.waitstatus_to_exitcode(status)
            if process_id == guard.process_id:
                guard.replace(exit_code)
            if run is not None:
                run.ended(exit_code, self._clock.elapsed())
                ended.append((run, exit_code))
        return ended

    def _seconds_until_due(self) -> float:
        now = self._clock.elapsed()
        due = [run.due_at - now for run in self._runs if not run.is_running]
        due += [run.frozen_at + _FROZEN_SECONDS - now for run in self._runs if run.frozen_at is not None]
        return max(0.0, min([_LONGEST_WAIT_SECONDS, *due]))

    def _stop(self, wakeups: "_Wakeups", guard: Guard) -> None:
        began_at = self._clock.elapsed()
        asked: list[ChildRun] = []
        for run in reversed(self._runs):
            if not run.child.together:
                self._wait_for_end(asked, wakeups, guard, began_at + _POLITE_SECONDS)
            run.signal(signal.SIGTERM)
            asked.append(run)
        self._wait_for_end(self._runs, wakeups, guard, began_at + _PATIENCE_SECONDS)
        for run in self._runs:
            if run.has_members:
                self._report(f"{run.child.name} did not end when asked and is killed.")
        self._kill_the_rest(wakeups, guard)

    def _wait_for_end(self, runs: Sequence[ChildRun], wakeups: "_Wakeups", guard: Guard, until: float) -> None:
        self._reap(guard)
        while any(run.has_members for run in runs) and (left := until - self._clock.elapsed()) > 0:
            wakeups.wait(min(_LOOK_SECONDS, left))
            self._reap(guard)

    def _kill_the_rest(self, wakeups: "_Wakeups", guard: Guard) -> None:
        deadline = self._clock.elapsed() + _REAP_SECONDS
        while self._clock.elapsed() < deadline:
            for run in self._runs:
                run.signal(signal.SIGKILL)
            strays = [each for each in descendants([os.getpid()]) if each[0] != guard.process_id]
            for process_id, started in strays:
                kill_exactly(process_id, started)
            self._reap(guard)
            if not strays and not any(run.has_members for run in self._runs):
                return
            wakeups.wait(_LOOK_SECONDS)


class _Wakeups:
    """Turns signals into something a loop can wait for, for the time of a `with` block."""

    def __init__(self) -> None:
        self.stop_wanted = False
        self._previous: dict[int, object] = {}

    def __enter__(self) -> Self:
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # under nohup: stay
                self._previous[number] = signal.signal(number, self._want_stop)
        self._previous[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, _only_wake)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, cast("signal.Handlers", handler))
        signal.set_wakeup_fd(-1)
        self._reader.close()
        self._writer.close()

    def wait(self, timeout_seconds: float) -> None:
        """Returns when a signal has arrived, at latest after the time given."""
        ready, _, _ = select.select([self._reader], [], [], timeout_seconds)
        with contextlib.suppress(BlockingIOError):
            while ready and self._reader.recv(1024):
                pass

    def _want_stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stop_wanted = True


def _only_wake(_number: int, _frame: FrameType | None) -> None:
    """A handler must exist for the wake-up to be written."""


def _news_of_children() -> Iterator[tuple[int, int]]:
    """Who ended, was stopped or went on, with the status that says so."""
    with contextlib.suppress(ChildProcessError):  # there are no children at all
        while (news := os.waitpid(-1, os.WNOHANG | os.WUNTRACED | os.WCONTINUED)) != (0, 0):
            yield news


def _adopt_orphans() -> None:
    """Linux: what our children leave behind becomes ours, so that stopping finds it; as process 1 it does anyway."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _start_error(run: ChildRun, what: str) -> StartError:
    return StartError(f"{run.child.name} {what}. The end of {run.log}:\n{run.log_tail()}")


def _manner(exit_code: int) -> str:
    return f"killed by {signal.Signals(-exit_code).name}" if exit_code < 0 else f"exit status {exit_code}"
