"""What every test may ask for: fresh databases, a clean Redis, a free port, a patient wait."""

import itertools
import os
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
import redis
from sqlalchemy import make_url

from tests import databases, loopback, servers
from tests.world import World, standing_world

_RUN = pytest.StashKey[servers.Run]()
_ENDING = pytest.StashKey[ExitStack]()
_RUN_DIRECTORY = "botapp_run_directory"
_TESTS = Path(__file__).parent
_WAIT_SECONDS = 10.0
_LOOK_SECONDS = 0.02


# Where what is tested is SQL, locks and their order, every test runs on both databases.
_ON_BOTH = {"reengagement", "state_machines", "storage"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--every-database",
        action="store_true",
        help="every test on both databases; without it most run on one of them, which one is by their name",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Half of what would run twice. Both databases see half of the tests; whoever asks for some gets all of these."""
    if config.option.every_database or config.option.keyword or any("::" in each for each in config.args):
        return
    pairs: dict[str, dict[str, pytest.Item]] = {}
    for item in items:
        call: Any = getattr(item, "callspec", None)
        kind = call.params.get("database_url") if call is not None else None
        if kind is not None and item.path.relative_to(_TESTS).parts[0] not in _ON_BOTH:
            name = f"{item.location[0]} {getattr(item, 'originalname', '')} {call.id.replace(kind, '', 1)}"
            pairs.setdefault(name, {})[kind] = item
    spared = [pair[("sqlite", "postgresql")[crc32(name.encode()) % 2]] for name, pair in pairs.items() if len(pair) > 1]
    if spared:
        config.hook.pytest_deselected(items=spared)
        unwanted = set(spared)
        items[:] = [item for item in items if item not in unwanted]


def pytest_configure(config: pytest.Config) -> None:
    """The controller begins the run, its workers join it. Servers start when the first test asks for one."""
    loopback.stay_on_loopback()
    _keep_bytecode()
    worker_input: dict[str, Any] | None = getattr(config, "workerinput", None)
    if worker_input is not None:
        config.stash[_RUN] = servers.Run(Path(worker_input[_RUN_DIRECTORY]))
        return
    config.stash[_ENDING] = ExitStack()
    config.stash[_RUN] = config.stash[_ENDING].enter_context(servers.begun_run())


def _keep_bytecode() -> None:
    """Whatever the environment says: without, every worker and every process that tests start compiles all of us."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Half as many again as there are cores: browsers, servers and whole instances are waited for a good deal."""
    return max(1, (os.cpu_count() or 1) * 3 // 2)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:  # pytest-xdist's, without types
    node.workerinput[_RUN_DIRECTORY] = str(node.config.stash[_RUN].directory)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Also after Ctrl-C. After kill -9 the servers' keepers do the same by themselves."""
    if _ENDING not in config.stash:
        return
    given = os.environ.get("BOTAPP_TEST_DATABASE_URL")
    if given and (config.stash[_RUN].directory / "postgresql-template.once").exists():
        databases.drop_template(config.stash[_RUN], given)
    config.stash[_ENDING].close()


@pytest.fixture(scope="session")
def test_run(pytestconfig: pytest.Config) -> servers.Run:
    return pytestconfig.stash[_RUN]


@pytest.fixture(scope="session")
def worker_name() -> str:
    """Of this pytest-xdist worker; "alone" without them."""
    return os.environ.get("PYTEST_XDIST_WORKER", "alone")


@pytest.fixture(scope="session")
def postgresql_url(test_run: servers.Run) -> str:
    """The run's PostgreSQL server, shared by all workers. For a database of your own take `postgresql_database_url`."""
    given = os.environ.get("BOTAPP_TEST_DATABASE_URL")
    if given:
        return make_url(given).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    return test_run.once("postgresql", lambda: servers.start_postgresql(test_run))


@pytest.fixture(scope="session")
def database_names(test_run: servers.Run, worker_name: str) -> Iterator[str]:
    return (f"{test_run.name}_{worker_name}_{number}" for number in itertools.count())


@pytest.fixture
def sqlite_database_url(test_run: servers.Run, tmp_path: Path) -> str:
    """A fresh migrated SQLite file."""
    return databases.sqlite_copy(test_run, tmp_path / "botapp.sqlite")


@pytest.fixture
def postgresql_database_url(test_run: servers.Run, postgresql_url: str, database_names: Iterator[str]) -> Iterator[str]:
    """A fresh migrated PostgreSQL database."""
    with databases.postgresql_copy(test_run, postgresql_url, next(database_names)) as url:
        yield url


@pytest.fixture
def postgresql_empty_url(postgresql_url: str, database_names: Iterator[str]) -> Iterator[str]:
    """A fresh PostgreSQL database without any table."""
    with databases.empty_postgresql(postgresql_url, next(database_names)) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh migrated database, once of each kind: `pytest -k sqlite` takes one half."""
    url: str = request.getfixturevalue(f"{request.param}_database_url")
    return url


@pytest.fixture(scope="session")
def worker_redis_url(test_run: servers.Run, worker_name: str) -> str:
    """This worker's own Redis; on a server that was given, its own database there."""
    given = os.environ.get("BOTAPP_TEST_REDIS_URL")
    if given:
        number = int(worker_name.removeprefix("gw")) if worker_name != "alone" else 0
        return make_url(given).set(database=str(number)).render_as_string(hide_password=False)
    return servers.start_redis(test_run, f"redis-{worker_name}")


@pytest.fixture
def redis_url(worker_redis_url: str) -> str:
    """An empty Redis. FLUSHDB is yours; for FLUSHALL, CONFIG, kill -9 take `private_redis`."""
    with redis.Redis.from_url(worker_redis_url) as client:
        client.flushdb()
    return worker_redis_url


@pytest.fixture
def var_dir(test_run: servers.Run) -> Path:
    """A fresh var directory for an instance. Short enough for sockets, as `tmp_path` is not; gone after the run."""
    return Path(tempfile.mkdtemp(prefix="var-", dir=test_run.directory))


@pytest.fixture
def private_redis(test_run: servers.Run, var_dir: Path) -> Iterator[servers.PrivateRedis]:
    """A Redis server for this test alone, with its data in `var_dir`, to be flushed, stopped, killed, started again."""
    server = servers.PrivateRedis(test_run, var_dir)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def free_port() -> int:
    """A port of the loopback address that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture
def wait_until() -> Callable[..., None]:
    """`wait_until(condition, timeout_seconds=10, message="…")`: fails the test when it never becomes true."""

    def wait(condition: Callable[[], object], timeout_seconds: float = _WAIT_SECONDS, message: str = "") -> None:
        deadline = time.monotonic() + timeout_seconds
        while not condition():
            if time.monotonic() > deadline:
                pytest.fail(f"not within {timeout_seconds:g} s: {message or condition}")
            time.sleep(_LOOK_SECONDS)

    return wait


@pytest.fixture
def world(database_url: str, redis_url: str, var_dir: Path) -> Iterator[World]:
    """A whole installation with one page, on each database in turn."""
    with standing_world(database_url, redis_url, var_dir) as standing:
        yield standing
