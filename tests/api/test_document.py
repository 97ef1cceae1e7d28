"""The examples of docs/api.md do what they say, as a reader would run them."""

import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from tests.api.conftest import Shop
from tests.world import World

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs/api.md").read_text()
EXAMPLES = re.findall(r"```sh\n(curl (?:(?!```).)*)```\s+```json\n(.*?)```", DOCUMENT, re.DOTALL)
CUSTOMER = "6405122872900001"


@pytest.fixture
def address(shop: Shop) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, shop.client.application)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl to run the examples with")
def test_the_examples_are_answered_as_they_stand_there(world: World, shop: Shop, address: str) -> None:
    world.receives(CUSTOMER, {"message": {"mid": "m_1", "text": "hello"}})
    environment = {"PATH": os.environ["PATH"], "BOTAPP_URL": address, "BOTAPP_KEY": shop.token, "no_proxy": "*"}
    assert len(EXAMPLES) == 3
    for command, answer in EXAMPLES:
        done = subprocess.run(  # noqa: S603  the examples are ours
            ["/bin/sh", "-eu", "-c", command], env=environment, capture_output=True, timeout=30, check=False
        )
        assert (done.returncode, json.loads(done.stdout)) == (0, json.loads(answer)), done.stderr
    assert [e.kind for e in world.ledger()].count("converted") == 1
