"""The servers that the other tests stand on, and the fence around all of them."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
import requests
from sqlalchemy import create_engine, inspect, text

from tests.loopback import OutsideWorldError
from tests.servers import Run, begun_run

Wait = Callable[..., None]


@pytest.mark.parametrize("turn", ["first", "second"])
def test_each_test_gets_a_migrated_database_that_nobody_has_written_to(database_url: str, turn: str) -> None:
    engine = create_engine(database_url)
    assert "contact" in inspect(engine).get_table_names(), turn
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE left_by_a_test (number integer)"))  # fails if the other turn's is here
    engine.dispose()


@pytest.mark.parametrize("turn", ["first", "second"])
def test_each_test_gets_an_empty_redis(redis_url: str, turn: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.keys() == []
        client.set("left by", turn)


def test_a_private_redis_is_not_the_shared_one(redis_url: str, request: pytest.FixtureRequest) -> None:
    assert request.getfixturevalue("private_redis").url != redis_url


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("2001:db8::1", 80)])
def test_connecting_beyond_this_machine_is_refused_loudly(address: tuple[str, int]) -> None:
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family) as outside, pytest.raises(OutsideWorldError):
        outside.connect(address)


def test_even_looking_up_a_name_is_refused_and_no_library_swallows_it() -> None:
    with pytest.raises(OutsideWorldError):
        requests.get("https://graph.facebook.example/", timeout=1)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_stays_reachable(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection((host, server.getsockname()[1])).close()


@pytest.fixture
def inner_run(tmp_path: Path, wait_until: Wait) -> Callable[[], tuple["subprocess.Popen[bytes]", Run]]:
    """Starts a test run within this one, which starts both servers and then waits to be ended."""

    def begin() -> tuple["subprocess.Popen[bytes]", Run]:
        record = tmp_path / "inner-run"
        program = """
            import pathlib, sys, threading
            from tests import servers
            with servers.begun_run() as run:
                servers.start_redis(run, "redis-alone")
                servers.start_postgresql(run)
                pathlib.Path(sys.argv[1]).write_text(str(run.directory))
                threading.Event().wait()
        """
        process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program), record], stderr=subprocess.DEVNULL)  # noqa: S603  # ours
        wait_until(record.exists, timeout_seconds=60, message="both servers")
        return process, Run(Path(record.read_text()))

    return begin


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_no_server_and_no_file_outlives_a_test_run_however_it_ends(
    inner_run: Callable[[], tuple["subprocess.Popen[bytes]", Run]], wait_until: Wait, number: signal.Signals
) -> None:
    process, run = inner_run()
    assert _processes_of(run)
    os.kill(process.pid, number)
    process.wait(timeout=20)
    wait_until(lambda: not run.directory.exists(), timeout_seconds=20, message="no files")
    wait_until(lambda: not _processes_of(run), message="no servers")


def test_what_a_run_left_that_was_killed_early_is_removed_by_the_next_but_a_living_run_is_not() -> None:
    with begun_run() as living:
        abandoned = Path(tempfile.mkdtemp(prefix="botapp-tests-", dir=living.directory.parent))
        (abandoned / "run.lock").touch()
        with begun_run():
            assert not abandoned.exists()
            assert living.directory.exists()


def _processes_of(run: Run) -> list[str]:
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)  # noqa: S607  # of the system
    return [line for line in listed.stdout.splitlines() if str(run.directory) in line]
