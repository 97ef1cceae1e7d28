"""A real `botapp web` process to be hostile to, over real sockets; one for all tests of a pytest worker."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import databases, servers
from tests.hostile.web_process import WebProcess
from tests.scenarios.instance import free_port
from tests.world import standing_world

_START_SECONDS = 120.0  # on a machine that is doing much else


@pytest.fixture(scope="session")
def web_process(
    test_run: servers.Run, worker_redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WebProcess]:
    """`botapp web` over a database with one page. What a test leaves in it, others must be able to bear."""
    var_dir = Path(tempfile.mkdtemp(prefix="var-", dir=test_run.directory))
    database_url = databases.sqlite_copy(test_run, tmp_path_factory.mktemp("hostile") / "botapp.sqlite")
    with standing_world(database_url, worker_redis_url, var_dir):
        pass
    with WebProcess(free_port(), var_dir, database_url, worker_redis_url) as running:
        deadline = time.monotonic() + _START_SECONDS
        while not running.is_alive():
            assert time.monotonic() < deadline, running.log()
            time.sleep(0.05)
        yield running
