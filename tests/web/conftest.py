"""The web application over a whole installation, and bodies signed as the platform signs them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from botapp.channels.messenger.signature import sign
from tests.world import SECRET, World

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
