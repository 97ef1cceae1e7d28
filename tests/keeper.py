"""Keeps one test server: run as a script in a session of its own, it ends the server and removes its files when the
run's lock is given back, which the kernel does even when pytest is killed outright.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from botapp.runtime.guard import end_groups


@dataclass(frozen=True, slots=True)
class Account:
    """The system account a server runs as. PostgreSQL refuses to be root."""

    user: int
    group: int

    @property
    def extra_groups(self) -> list[int] | None:
        """None: unchanged, which is all that an ordinary user may ask for."""
        return [] if os.geteuid() == 0 else None

    def __str__(self) -> str:
        return f"{self.user}:{self.group}"


def own_account() -> Account:
    return Account(os.geteuid(), os.getegid())


def keeper_file(home: Path) -> Path:
    return home.with_name(f"{home.name}.keeper")


def has_keepers(directory: Path) -> bool:
    """Of a run. The last of them may be taking the directory away just now, which a glob does not forgive."""
    try:
        return any(path.suffix == ".keeper" for path in directory.iterdir())
    except FileNotFoundError:
        return False


def log_file(home: Path) -> Path:
    return home.with_name(f"{home.name}.log")


def keep(home: Path, account: Account, stop_signal: int, command: Sequence[str]) -> None:
    """Runs the server until it ends, the keeper gets SIGTERM, or the run is over; then removes everything of it."""
    for number in (signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, _leave)
    server = subprocess.Popen(  # noqa: S603  # a known program
        command,
        user=account.user,
        group=account.group,
        extra_groups=account.extra_groups,
        cwd="/",
        start_new_session=True,
    )
    run_is_over = False
    try:
        with home.with_name("run.lock").open() as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            run_is_over = True
    finally:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        server.send_signal(stop_signal)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(5)
        end_groups([server.pid], patience_seconds=1)
        shutil.rmtree(home, ignore_errors=True)
        keeper_file(home).unlink()
        if run_is_over and not has_keepers(home.parent):  # pytest may have been killed: the last one tidies up
            shutil.rmtree(home.parent, ignore_errors=True)


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit


def _main(arguments: Sequence[str]) -> None:
    home, account, stop_signal, *command = arguments
    user, group = map(int, account.split(":"))
    if keeper := os.fork():
        keeper_file(Path(home)).write_text(str(keeper))
        return
    os.setsid()
    with log_file(Path(home)).open("wb") as log, Path(os.devnull).open("rb") as nothing:
        for source, target in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(source.fileno(), target)
    keep(Path(home), Account(user, group), int(stop_signal), command)


if __name__ == "__main__":
    _main(sys.argv[1:])
