"""The processes of an arena: killed, frozen and started again at will; who ends by himself is put on record."""

import contextlib
import os
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import psutil

from botapp.clock import Clock
from botapp.runtime.guard import Guard, end_groups, signal_group

_LOOK_SECONDS = 0.02
_PAUSE_AFTER_OWN_END_SECONDS = 0.3  # as botapp's supervisor: who cannot start is not started in a circle


@dataclass
class Member:
    """One process of the arena, in one life after the other."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    user: int | None = None
    lives: int = 0
    process: "subprocess.Popen[bytes] | None" = None
    held_until: float = 0.0  # by the clock that never goes back; infinite: stays away
    started_at: float = 0.0
    struck: bool = False  # its present life was ended by us

    @property
    def part(self) -> str:
        """ "web" of "web-2"."""
        return self.name.partition("-")[0]

    @property
    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def family(self) -> list[psutil.Process]:
        """The process and whom it started, itself first; empty when it has ended."""
        if self.process is None or not self.is_alive:
            return []
        with contextlib.suppress(psutil.NoSuchProcess):
            own = psutil.Process(self.process.pid)
            return [own, *own.children(recursive=True)]
        return []


@dataclass
class Fleet:
    """Keeps all members alive until told otherwise. Whoever it started ends with this process, however that ends."""

    clock: Clock
    guard: Guard
    members: dict[str, Member] = field(default_factory=dict)
    struck: Counter[str] = field(default_factory=Counter)  # kills by part
    own_ends: list[str] = field(default_factory=list)  # "web-1: 3"
    story: list[str] = field(default_factory=list)  # what happened when, to look at afterwards
    growing_seconds: float = 0.0  # from a start until something has been done; set once the arena stands
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _keeper: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._keeper = threading.Thread(target=self._keep, name="fleet")
        self._keeper.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        if self._keeper is not None:
            self._keeper.join()
        with self._lock:
            groups = [member.process.pid for member in self.members.values() if member.process is not None]
            for group in groups:
                signal_group(group, signal.SIGCONT)
            end_groups(groups)
            for member in self.members.values():
                if member.process is not None:
                    member.process.wait()

    def tell(self, what: str) -> None:
        """For the story."""
        self.story.append(f"{self.clock.now():%H:%M:%S.%f} {what}")

    def add(self, member: Member) -> Member:
        """From now on it runs."""
        with self._lock:
            self.members[member.name] = member
            self._start(member)
        return member

    def of(self, *parts: str) -> list[Member]:
        """The members of these parts, in the order of their names."""
        with self._lock:
            return sorted((m for m in self.members.values() if m.part in parts), key=lambda m: m.name)

    def is_grown_up(self, member: Member) -> bool:
        """Whether its present life has lasted long enough to do something."""
        return member.is_alive and self.clock.elapsed() - member.started_at > self.growing_seconds

    def kill(self, member: Member, *, away_seconds: float = 0.0, alone: bool = False) -> bool:
        """kill -9 of the member's group, or of its first process alone; False where there was nobody to kill."""
        with self._lock:
            if member.process is None or not member.is_alive:
                return False
            member.struck = True
            member.held_until = self.clock.elapsed() + away_seconds
            self.struck[member.part] += 1
            self.tell(f"kill {member.name}")
            if alone:
                member.process.kill()
            else:
                signal_group(member.process.pid, signal.SIGKILL)
            return True

    def end(self, member: Member, number: int) -> bool:
        """A signal to the first process that makes it end, and so counts among our blows; no kill."""
        with self._lock:
            if member.process is None or not member.is_alive:
                return False
            member.struck = True
            member.process.send_signal(number)
            return True

    def kill_inner(self, member: Member) -> bool:
        """kill -9 of a process that the member started (a worker of gunicorn), which is replaced by the member."""
        inner = member.family()[1:]
        if not inner:
            return False
        with contextlib.suppress(psutil.NoSuchProcess):
            inner[0].kill()
            self.struck[f"{member.part}'s inner"] += 1
            self.tell(f"kill inner of {member.name}")
            return True
        return False

    def freeze(self, member: Member) -> bool:
        """SIGSTOP to all of it."""
        return self._signal(member, signal.SIGSTOP)

    def thaw(self, member: Member) -> bool:
        return self._signal(member, signal.SIGCONT)

    def hold(self, member: Member, *, held: bool) -> None:
        """Whether it stays away once it has ended."""
        with self._lock:
            member.held_until = float("inf") if held else 0.0

    def _signal(self, member: Member, number: int) -> bool:
        with self._lock:
            self.tell(f"{signal.Signals(number).name} {member.name}")
            return member.process is not None and member.is_alive and signal_group(member.process.pid, number)

    def _keep(self) -> None:
        while not self._stopping.wait(_LOOK_SECONDS):
            with self._lock:
                for member in list(self.members.values()):
                    self._attend(member)

    def _attend(self, member: Member) -> None:
        if member.process is not None and member.process.poll() is not None:
            self._bury(member, member.process)
        if member.process is None and self.clock.elapsed() >= member.held_until:
            self._start(member)

    def _bury(self, member: Member, process: "subprocess.Popen[bytes]") -> None:
        if not member.struck:
            self.own_ends.append(f"{member.name}: {process.returncode}")
            self.tell(f"{member.name} ended by itself: {process.returncode}")
            pause_until = self.clock.elapsed() + _PAUSE_AFTER_OWN_END_SECONDS
            member.held_until = max(member.held_until, pause_until)
        # What it left in its group: orphans of gunicorn hold the port, frozen ones for ever.
        signal_group(process.pid, signal.SIGCONT)
        signal_group(process.pid, signal.SIGTERM)
        self.guard.forget(process.pid)
        member.process = None

    def _start(self, member: Member) -> None:
        with member.log.open("ab") as log:
            member.process = subprocess.Popen(  # noqa: S603  # our own programs
                member.command,
                env=dict(member.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=member.user,
                group=member.user,
                extra_groups=None if member.user is None else [],
                cwd="/",
            )
        member.lives += 1
        self.tell(f"start {member.name}")
        member.started_at = self.clock.elapsed()
        member.struck = False
        self.guard.watch(member.process.pid)


def new_guard(directory: Path) -> Guard:
    """Ends what this process started, should this process be killed outright."""
    descriptor = os.open(directory / "guard.lock", os.O_CREAT | os.O_RDWR)
    try:
        return Guard(descriptor)
    finally:
        os.close(descriptor)
