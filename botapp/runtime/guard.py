"""Ends whole families of processes, and stands guard so that they end even when their supervisor is killed outright.

Run as a script its arguments are the groups it begins with, and it reads `+group` and `-group` lines; when the input
ends, the supervisor is gone, and what is still listed is ended. It needs the standard library only, so that it starts
in milliseconds and cannot fail to.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

PATIENCE_SECONDS = 4.0  # between asking (SIGTERM) and ending (SIGKILL)
_LOOK_SECONDS = 0.02


def signal_group(group: int, number: int) -> bool:
    """Sends a signal to a process group; false when nobody is left in it (a zombie still counts as somebody)."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    except PermissionError:  # what macOS says of a group of zombies
        return False
    return True


def group_is_alive(group: int) -> bool:
    """True while anybody is left in the process group."""
    return signal_group(group, 0)


def descendants(ancestors: Iterable[int]) -> frozenset[tuple[int, int]]:
    """(process id, start time) of all children and children's children, whatever their session or group.

    Empty where there is no /proc (macOS): there only process groups are known.
    """
    families: dict[int, list[tuple[int, int]]] = {}
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it ended while we looked
            parent, started = _parent_and_start((process / "stat").read_text())
            families.setdefault(parent, []).append((int(process.name), started))
    found: set[tuple[int, int]] = set()
    waiting = list(ancestors)
    while waiting:
        children = families.get(waiting.pop(), [])
        waiting += [child for child, _ in children]
        found.update(children)
    return frozenset(found)


def _parent_and_start(stat: str) -> tuple[int, int]:
    # proc(5): the second field is the name in brackets and may hold anything, brackets included.
    fields = stat.rpartition(")")[2].split()
    return int(fields[1]), int(fields[19])


def kill_exactly(process: int, started: int) -> None:
    """SIGKILL to the process, unless its number meanwhile belongs to another."""
    with contextlib.suppress(OSError):
        _, current = _parent_and_start(Path(f"/proc/{process}/stat").read_text())
        if current == started:
            os.kill(process, signal.SIGKILL)


def end_groups(groups: Sequence[int], *, patience_seconds: float = PATIENCE_SECONDS) -> None:
    """Asks all groups to end, last started first, and kills whoever is left after the patience, strays included.

    Strays are descendants that left their group for a session of their own.
    """
    family = descendants(groups)
    for group in reversed(groups):
        signal_group(group, signal.SIGTERM)
    deadline = time.monotonic() + patience_seconds
    while any(map(group_is_alive, groups)) and time.monotonic() < deadline:
        time.sleep(_LOOK_SECONDS)
    family |= descendants(groups)
    for group in groups:
        signal_group(group, signal.SIGKILL)
    for process, started in family:
        kill_exactly(process, started)


class Guard:
    """The supervisor's end: a process in a session of its own that outlives the supervisor by a moment.

    `held_descriptor` stays open in it, so that a lock on it is given back only after the last child is gone.
    """

    def __init__(self, held_descriptor: int) -> None:
        self._held_descriptor = held_descriptor
        self._groups: list[int] = []
        self._process = self._start()

    @property
    def process_id(self) -> int:
        """The guard's own process id."""
        return self._process.pid

    def watch(self, group: int) -> None:
        """From now on this group ends with the supervisor."""
        self._groups.append(group)
        self._tell(f"+{group}")

    def forget(self, group: int) -> None:
        """The group is gone; its number may soon be another's."""
        self._groups.remove(group)
        self._tell(f"-{group}")

    def replace(self, exit_code: int) -> None:
        """The guard itself was killed and reaped: a new one takes its place, and knows of every group as it begins."""
        self._retire(exit_code)
        self._process = self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._pipe.close()
        self._process.wait()

    def _retire(self, exit_code: int) -> None:
        self._process.returncode = exit_code
        with contextlib.suppress(OSError):
            self._pipe.close()

    def _tell(self, line: str) -> None:
        with contextlib.suppress(BrokenPipeError):  # it was killed; the next one begins with all of them
            os.write(self._pipe.fileno(), f"{line}\n".encode())

    def _start(self) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(  # noqa: S603  # this very file
            [sys.executable, "-I", "-S", __file__, *map(str, self._groups)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=(self._held_descriptor,),
        )
        if process.stdin is None:
            raise AssertionError
        self._pipe = process.stdin
        return process


def main() -> None:
    """Keeps the list until the input ends, then ends what is on it. Only the end of the input moves it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups = list(map(int, sys.argv[1:]))
    for line in sys.stdin:
        group = int(line[1:])
        if line.startswith("+"):
            groups.append(group)
        else:
            groups.remove(group)
    end_groups(groups)


if __name__ == "__main__":
    main()
