"""Two ways to fill the disk under an embedded database: a file system of its own, and one without any privilege."""

import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from botapp.clock import SystemClock
from tests import databases, servers
from tests.chaos.members import Fleet, Member, new_guard
from tests.chaos.servers import SmallDisk, small_disk
from tests.world import standing_world

_WRITER = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA journal_mode=WAL")
connection.execute("CREATE TABLE kept (value TEXT)")
while True:
    try:
        connection.execute("INSERT INTO kept VALUES (?)", ("x" * 5000,))
    except sqlite3.OperationalError:
        pass
    time.sleep(0.01)
"""


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    with new_guard(tmp_path) as guard, Fleet(SystemClock(), guard) as standing:
        yield standing


@pytest.fixture(params=["mounted", "limited"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SmallDisk]:
    if request.param == "limited":
        yield SmallDisk(tmp_path, is_mounted=False)
        return
    with small_disk(tmp_path / "mounted") as made:
        if not made.is_mounted:
            pytest.skip("may not mount a file system here")
        yield made


def test_a_writer_is_refused_while_the_disk_is_full_and_goes_on_afterwards(
    fleet: Fleet, disk: SmallDisk, tmp_path: Path, wait_until: Callable[..., None]
) -> None:
    file = disk.directory / "kept.db"
    fleet.add(Member("web-1", [sys.executable, "-c", _WRITER, str(file)], {}, tmp_path / "log"))
    wait_until(lambda: file.exists() and _rows(file) > 3, 20)
    with disk.full(fleet, ["web"]):
        before = _rows(file)
        time.sleep(0.5)
        # What was being written when the disk became full may still have found a page.
        assert _rows(file) - before <= 1
    wait_until(lambda: _rows(file) > before + 3, 20)


def test_while_the_disk_is_full_nobody_says_that_webhooks_can_be_committed(
    fleet: Fleet, disk: SmallDisk, test_run: servers.Run, redis_url: str, var_dir: Path
) -> None:
    if not disk.is_mounted:
        pytest.skip("the whole machine's disk has room")
    url = databases.sqlite_copy(test_run, disk.directory / "botapp.sqlite")
    with standing_world(url, redis_url, var_dir) as world:
        client = world.installation.web_app(lambda: True).test_client()
        assert client.get("/health/ready").status_code == 200
        with disk.full(fleet, []):
            ready = client.get("/health/ready")
            assert (ready.status_code, ready.get_json()["database"]) == (503, False)
        assert client.get("/health/ready").status_code == 200


def _rows(file: Path) -> int:
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
            return int(connection.execute("SELECT count(*) FROM kept").fetchone()[0])
    except sqlite3.OperationalError:  # no table yet
        return 0
