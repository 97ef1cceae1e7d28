"""The servers of an arena, as members of its fleet: a PostgreSQL that may be crashed, a disk that may be full."""

import contextlib
import os
import resource
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

from tests import servers
from tests.chaos.members import Fleet, Member
from tests.servers import library_url

_DISK_BYTES = 96 << 20
_ENOUGH_FOR_NOBODY_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Postgresql:
    """A server of its own, which loses nothing but connections when its processes are killed."""

    member: Member
    url: str

    def is_up(self) -> bool:
        try:
            psycopg.connect(library_url(self.url), connect_timeout=1).close()
        except psycopg.OperationalError:
            return False
        return True

    def crash(self, fleet: Fleet) -> bool:
        """kill -9 of every process of it, as the kernel's out-of-memory killer would. It comes back by itself."""
        family = self.member.family()
        is_struck = fleet.kill(self.member, alone=True)
        for process in family[1:]:  # each leads a session of its own
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        return is_struck

    def stop_immediately(self, fleet: Fleet) -> bool:
        """What `pg_ctl stop -m immediate` does: no check point, recovery at the next start."""
        return fleet.end(self.member, servers.POSTGRESQL_STOPS_AT_ONCE)


def postgresql(run: servers.Run, fleet: Fleet, name: str) -> Postgresql:
    """A server in a directory of the run, started."""
    home = run.directory / name
    plan = servers.plan_postgresql(run, home)
    log = run.directory / f"{name}.log"
    member = Member("postgresql", plan.command, {"PATH": os.environ.get("PATH", "")}, log, user=plan.account.user)
    return Postgresql(fleet.add(member), plan.url)


class SmallDisk:
    """A directory for an embedded database, on a disk that can be filled up to the last byte.

    Where we may mount, it is a file system in memory, and everybody meets ENOSPC. Elsewhere the processes are forbidden
    to write beyond a few kilobytes in any file, which takes no privilege: SQLite meets EFBIG.
    """

    def __init__(self, directory: Path, *, is_mounted: bool) -> None:
        self.directory = directory
        self.is_mounted = is_mounted

    @property
    def kind(self) -> str:
        return "ENOSPC on a file system of its own" if self.is_mounted else "EFBIG by RLIMIT_FSIZE (may not mount)"

    @contextmanager
    def full(self, fleet: Fleet, parts: Sequence[str]) -> Iterator[None]:
        """Nobody can write anything for as long as the block lasts."""
        if self.is_mounted:
            ballast = self.directory / "ballast"
            with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
                while True:
                    file.write(b"\0" * _ENOUGH_FOR_NOBODY_BYTES)
            try:
                yield
            finally:
                ballast.unlink()
            return
        limited = [process.pid for member in fleet.of(*parts) for process in member.family()]
        _limit(limited, _ENOUGH_FOR_NOBODY_BYTES)
        try:
            yield
        finally:
            _limit(limited, None)


@contextmanager
def small_disk(directory: Path) -> Iterator[SmallDisk]:
    """The directory, made, and unmounted afterwards if it was mounted."""
    directory.mkdir(mode=0o700)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={_DISK_BYTES},mode=0700", "tmpfs", str(directory)]
    is_mounted = os.geteuid() == 0 and subprocess.run(mount, check=False, capture_output=True).returncode == 0  # noqa: S603  a fixed command
    try:
        yield SmallDisk(directory, is_mounted=is_mounted)
    finally:
        if is_mounted:
            subprocess.run(["umount", "--lazy", str(directory)], check=True)  # noqa: S603, S607  our own mount


def _limit(processes: Sequence[int], size_bytes: int | None) -> None:
    """The largest file that they may write; None: as large as they ever might."""
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            hard = resource.prlimit(process, resource.RLIMIT_FSIZE)[1]
            resource.prlimit(process, resource.RLIMIT_FSIZE, (hard if size_bytes is None else size_bytes, hard))
