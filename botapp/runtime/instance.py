"""At most one running instance for each var directory, held by locks that the kernel gives back whatever happens."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_LOOK_SECONDS = 0.05


class AlreadyRunningError(Exception):
    """Another instance holds this var directory; the message names its process."""


@dataclass(frozen=True, slots=True)
class Instance:
    """A var directory that is ours alone."""

    var_dir: Path
    guard_descriptor: int  # shared with the guard, which gives it back when the last child has gone


@contextmanager
def only_instance(var_dir: Path, *, patience_seconds: float = 10.0) -> Iterator[Instance]:
    """Holds the var directory for the time of the `with` block; creates it (mode 0700) where it is missing.

    After an instance was killed outright, waits up to `patience_seconds` until its guard has cleared up: look at
    ports only inside the block. Raises AlreadyRunningError.
    """
    directory = var_dir.resolve()
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _opened(directory / "up.lock") as own, _opened(directory / "guard.lock") as guard:
        if not _locked(own):
            raise AlreadyRunningError(
                f"botapp already runs in {directory}, as process {_owner(own)}. "
                "Stop it first, or set BOTAPP_VAR_DIR to another directory."
            )
        _sign(own)
        _wait_for_guard(guard, directory, patience_seconds)
        yield Instance(directory, guard)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _sign(descriptor: int) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)


def _owner(descriptor: int) -> str:
    return os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"


def _wait_for_guard(descriptor: int, directory: Path, patience_seconds: float) -> None:
    deadline = time.monotonic() + patience_seconds
    while not _locked(descriptor):
        if time.monotonic() > deadline:
            raise AlreadyRunningError(f"Parts of an earlier botapp in {directory} are still ending. Try again.")
        time.sleep(_LOOK_SECONDS)
