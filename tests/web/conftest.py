"""The web application over a whole installation, and bodies signed as the platform signs them."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from botapp.channels.messenger.signature import sign
from tests.world import SECRET, World, standing_world

PATH = "/webhooks/messenger"
DELETION_PATHS = (f"{PATH}/data-deletion", f"{PATH}/deauthorise")


@dataclass
class Door:
    """The platform's side of the web application."""

    world: World
    client: FlaskClient
    rings: list[None] = field(default_factory=list)

    def deliver(self, body: object, *, secret: str = SECRET) -> TestResponse:
        """A body as the platform posts it: JSON, signed."""
        return self.deliver_bytes(json.dumps(body).encode(), secret=secret)

    def deliver_bytes(self, content: bytes, *, secret: str = SECRET) -> TestResponse:
        return self.post(content, {"X-Hub-Signature-256": sign(content, secret)})

    def post(self, content: bytes, headers: Mapping[str, str]) -> TestResponse:
        return self.client.post(PATH, data=content, headers=dict(headers), content_type="application/json")


@pytest.fixture
def open_door() -> Callable[[World], Door]:
    """The web application of an installation, as in production: faults become 500s and are not raised."""

    def opened(world: World) -> Door:
        rings: list[None] = []

        def ring() -> bool:
            rings.append(None)
            return True

        return Door(world, world.installation.web_app(ring).test_client(), rings)

    return opened


@pytest.fixture
def door(world: World, open_door: Callable[[World], Door]) -> Door:
    """The web application of the world."""
    return open_door(world)


@pytest.fixture
def hello(world: World) -> Callable[..., dict[str, Any]]:
    """A body with one message."""

    def made(psid: str = "2000", text: str = "hello", mid: str = "m_1") -> dict[str, Any]:
        now = world.installation.clock.now()
        item = world.item(psid, {"message": {"mid": mid, "text": text}}, at=now)
        return {"object": "page", "entry": [{"id": "1000", "time": 1, "messaging": [item]}]}

    return made


@dataclass(frozen=True)
class WebProcess:
    """`botapp web` as people run it."""

    port: int
    process: "subprocess.Popen[bytes]"
    database_file: Path


@pytest.fixture(params=["gunicorn", "granian"])
def web_process(
    request: pytest.FixtureRequest,
    sqlite_database_url: str,
    redis_url: str,
    var_dir: Path,
    free_port: int,
    wait_until: Callable[..., None],
) -> Iterator[WebProcess]:
    """The web behind each server in turn, over a database with one page."""
    with standing_world(sqlite_database_url, redis_url, var_dir):
        pass
    environment = os.environ | {
        "BOTAPP_SERVER": request.param,
        "BOTAPP_VAR_DIR": str(var_dir),
        "BOTAPP_HTTP_PORT": str(free_port),
        "BOTAPP_DATABASE_URL": sqlite_database_url,
        "BOTAPP_REDIS_URL": redis_url,
        "BOTAPP_SANDBOX": "off",
        "BOTAPP_MESSENGER_APP_SECRET": SECRET,
        "BOTAPP_MESSENGER_VERIFY_TOKEN": "a-verify-token-for-tests",
    }
    with subprocess.Popen([sys.executable, "-m", "botapp", "web"], env=environment) as process:
        wait_until(lambda: _is_alive(free_port), 30)
        yield WebProcess(free_port, process, Path(sqlite_database_url.removeprefix("sqlite:///")))
        process.terminate()


def _is_alive(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
