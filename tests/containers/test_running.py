"""The commands and health checks of docker-compose.yml, run as they stand there, as processes of this machine."""

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from botapp.runtime import embedded_redis
from tests import servers
from tests.containers.conftest import Compose

Wait = Callable[..., None]
Containers = Callable[[str], "Container"]


class Container:
    """One service as a process with the service's own environment, and with the programs of this installation."""

    def __init__(self, service: Mapping[str, object], environment: Mapping[str, str], output: Path) -> None:
        self._service = service
        self._environment = {**environment, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        self.output = output
        self._process: subprocess.Popen[bytes] | None = None

    def run(self) -> int:
        """To the end; the exit status."""
        self.start()
        assert self._process is not None
        return self._process.wait(timeout=60)

    def start(self) -> None:
        command = self._service["command"]
        assert isinstance(command, list)
        with self.output.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603  # what the compose file says
                command, env=self._environment, stdout=output, stderr=output, start_new_session=True
            )

    def is_healthy(self) -> bool:
        check = self._service["healthcheck"]
        assert isinstance(check, dict)
        done = subprocess.run(check["test"][1:], env=self._environment, capture_output=True, check=False)  # noqa: S603
        return done.returncode == 0

    def stop(self) -> int | None:
        if self._process is None:
            return None
        self._process.terminate()
        return self._process.wait(timeout=30)


@pytest.fixture
def containers(
    compose: Compose, postgresql_empty_url: str, redis_url: str, free_port: int, var_dir: Path
) -> Iterator[Containers]:
    """Starts services on the test servers. Everything else is as in the file."""
    started: list[Container] = []

    def container(name: str) -> Container:
        service = compose["services"][name]
        here = {
            "BOTAPP_DATABASE_URL": postgresql_empty_url,
            "BOTAPP_REDIS_URL": redis_url,
            "BOTAPP_GRAPH_URL": "http://127.0.0.1:9",  # nobody listens; nothing is due either
            "BOTAPP_HTTP_PORT": str(free_port),
            "BOTAPP_VAR_DIR": str(var_dir),
        }
        started.append(Container(service, {**service["environment"], **here}, var_dir / f"{name}.output"))
        return started[-1]

    yield container
    for each in started:
        each.stop()


def test_the_parts_come_up_in_their_order_and_say_so(containers: Containers, wait_until: Wait) -> None:
    web, worker, ticker = (containers(name) for name in ("web", "worker", "ticker"))
    assert not any(container.is_healthy() for container in (web, worker, ticker))
    migrate = containers("migrate")
    assert migrate.run() == 0, migrate.output.read_text()
    for container in (web, worker, ticker):
        container.start()
        wait_until(container.is_healthy, timeout_seconds=30, message=container.output.name)
    for container in (ticker, worker, web):
        asked_at = time.monotonic()
        assert container.stop() in {0, -15}
        assert time.monotonic() - asked_at < 10, container.output.name


def test_migrating_twice_does_no_harm(containers: Containers) -> None:
    for _ in range(2):
        migrate = containers("migrate")
        assert migrate.run() == 0, migrate.output.read_text()


def test_the_health_check_of_the_database_asks_a_real_one(compose: Compose, postgresql_url: str) -> None:
    pg_isready = servers.postgresql_programs() / "pg_isready"
    if not pg_isready.exists():
        pytest.skip("this PostgreSQL comes without pg_isready")
    program, *options = compose["services"]["postgres"]["healthcheck"]["test"][1:]
    assert program == "pg_isready"
    host = dict(part.split("=", 1) for part in urlsplit(postgresql_url).query.split("&") if part).get("host")
    if host is None:
        pytest.skip("asks through the socket of the test run's own server")
    [asked] = [option for option in options if option.startswith("--host=")]
    assert _status(pg_isready, options, asked, f"--host={host.replace('%2F', '/')}") == 0
    assert _status(pg_isready, options, asked, "--host=/nowhere") == 2


def test_redis_starts_with_the_options_of_the_file_and_wants_its_password(
    compose: Compose, var_dir: Path, wait_until: Wait
) -> None:
    program, *options = compose["services"]["redis"]["command"]
    assert program == "valkey-server"
    path = var_dir / "redis.sock"
    command = [
        embedded_redis.server_program(),
        *options,
        "--port",
        "0",
        "--unixsocket",
        str(path),
        "--dir",
        str(var_dir),
    ]
    with (var_dir / "output").open("wb") as output:
        server = subprocess.Popen(command, stdout=output)  # noqa: S603  # what the compose file says
    try:
        wait_until(lambda: embedded_redis.is_answering(f"unix://:redis-password@{path}"), message="redis")
        assert not embedded_redis.is_answering(f"unix://{path}")
        _try_health_check(compose, path)
    finally:
        server.terminate()
        server.wait()


def _try_health_check(compose: Compose, path: Path) -> None:
    """As it stands, where a client is installed; only its way to the server differs."""
    client = shutil.which("valkey-cli") or shutil.which("redis-cli")
    if client is None:
        return
    how, script = compose["services"]["redis"]["healthcheck"]["test"]
    assert how == "CMD-SHELL"
    script = script.replace("valkey-cli", f"{shlex.quote(client)} -s {shlex.quote(str(path))}")
    environment = compose["services"]["redis"]["environment"]
    for password, status in ((environment["REDISCLI_AUTH"], 0), ("wrong", 1)):
        done = subprocess.run(  # noqa: S603  # what the compose file says
            ["/bin/sh", "-c", script], env={"REDISCLI_AUTH": password}, capture_output=True, check=False
        )
        assert done.returncode == status


def _status(pg_isready: Path, options: list[str], old: str, new: str) -> int:
    changed = [new if option == old else option for option in options]
    return subprocess.run([pg_isready, *changed], check=False).returncode  # noqa: S603  # what the compose file says
