"""Only bodies that the platform signed are read; of all others nothing is stored and nothing is said."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from botapp.channels.messenger.signature import sign
from botapp.storage.schema import counter, inbound_event
from tests.web.conftest import Door
from tests.world import SECRET, standing_world

OTHER_SECRET = "another-secret-of-the-app"
Hello = Callable[..., dict[str, Any]]


def test_a_signed_body_is_taken_in_and_the_workers_are_rung_for(door: Door, hello: Hello) -> None:
    answer = door.deliver(hello())
    assert (answer.status_code, answer.data) == (200, b"EVENT_RECEIVED")
    assert len(door.world.replies()) == 1
    assert len(door.rings) == 1


def test_a_body_to_which_nothing_is_owed_rings_nobody(door: Door, hello: Hello) -> None:
    door.deliver(hello())
    door.deliver(hello())
    assert len(door.rings) == 1


def _forgeries(content: bytes) -> dict[str, dict[str, str]]:
    right = sign(content, SECRET)
    return {
        "missing": {},
        "empty": {"X-Hub-Signature-256": ""},
        "another secret": {"X-Hub-Signature-256": sign(content, OTHER_SECRET)},
        "empty secret": {"X-Hub-Signature-256": sign(content, "")},
        "another body": {"X-Hub-Signature-256": sign(content + b" ", SECRET)},
        "without its name": {"X-Hub-Signature-256": right.removeprefix("sha256=")},
        "another name": {"X-Hub-Signature-256": right.replace("sha256", "sha1")},
        "capitals": {"X-Hub-Signature-256": right.upper()},
        "longer": {"X-Hub-Signature-256": right + "0"},
        "shorter": {"X-Hub-Signature-256": right[:-1]},
        "not ascii": {"X-Hub-Signature-256": "sha256=\u00e9" + right[8:]},
        "the old header": {"X-Hub-Signature": right},
    }


def test_an_unsigned_or_wrongly_signed_body_is_refused_without_detail_and_leaves_nothing(
    door: Door, hello: Hello
) -> None:
    content = json.dumps(hello()).encode()
    answers = {name: door.post(content, headers) for name, headers in _forgeries(content).items()}
    assert {name: (a.status_code, a.data) for name, a in answers.items()} == dict.fromkeys(answers, (403, b""))
    assert door.world.rows(inbound_event) == door.world.rows(counter) == door.world.contacts() == []
    assert door.rings == []


def test_an_unreadable_body_is_not_even_looked_at_before_its_signature(door: Door) -> None:
    assert door.post(b"{not json", {}).status_code == 403
    assert door.deliver_bytes(b"{not json").status_code == 400


def test_the_signature_covers_the_bytes_and_not_what_they_mean(door: Door, hello: Hello) -> None:
    content = json.dumps(hello(text="\u00e4\u00f6\u00e5 \U0001f600 a/b")).replace("/", "\\/").encode()
    again = json.dumps(json.loads(content)).encode()
    assert door.post(again, {"X-Hub-Signature-256": sign(content, SECRET)}).status_code == 403
    assert door.deliver_bytes(content).status_code == 200


def test_while_the_secret_is_rotated_both_are_accepted(
    sqlite_database_url: str, redis_url: str, var_dir: Path, open_door: Callable[..., Door]
) -> None:
    with standing_world(sqlite_database_url, redis_url, var_dir, messenger_app_secret_previous=OTHER_SECRET) as world:
        door = open_door(world)
        bodies = [{"object": "page", "entry": [], "n": number} for number in range(3)]
        statuses = [
            door.deliver(body, secret=secret).status_code
            for body, secret in zip(bodies, (SECRET, OTHER_SECRET, "neither-of-the-two-secrets"), strict=True)
        ]
    assert statuses == [200, 200, 403]


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_refused(door: Door, method: str) -> None:
    assert door.client.open("/webhooks/messenger", method=method.upper()).status_code == 405
