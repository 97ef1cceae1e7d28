"""The platform's data deletion and deauthorise callbacks, and the page where the person sees the request's state."""

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from botapp.channels.messenger.signature import digest
from botapp.storage.schema import privacy_request
from tests.web.conftest import Door
from tests.world import SECRET

DELETION = "/webhooks/messenger/data-deletion"
DEAUTHORISE = "/webhooks/messenger/deauthorise"


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _signed(door: Door, *, secret: str = SECRET, fields: Mapping[str, object] | None = None) -> str:
    now = int(door.world.installation.clock.now().timestamp())
    payload = {"algorithm": "HMAC-SHA256", "user_id": "218471", "issued_at": now - 5, "expires": now + 3600}
    payload |= fields or {}
    encoded = _encode(json.dumps(payload).encode())
    return f"{_encode(digest(encoded.encode(), secret))}.{encoded}"


def _ask(door: Door, signed_request: str, path: str = DELETION) -> TestResponse:
    return door.client.post(path, data={"signed_request": signed_request})


def test_a_request_is_kept_and_answered_with_a_code_and_a_page(door: Door) -> None:
    answer = _ask(door, _signed(door))
    told: Any = answer.json
    assert answer.status_code == 200
    assert told["url"] == f"http://localhost/privacy/requests/{told['confirmation_code']}"
    page = door.client.get(told["url"])
    assert page.status_code == 200
    assert "delete your data" in page.text
    assert "open" in page.text
    assert "218471" not in page.text + told["url"]


def test_the_same_request_again_gets_the_same_code_and_is_kept_once(door: Door) -> None:
    signed = _signed(door, fields={"issued_at": 1_790_000_000})
    codes = {_ask(door, signed).json["confirmation_code"] for _ in range(3)}  # type: ignore[index]  # an object
    assert len(codes) == 1
    assert [row.confirmation_code for row in door.world.rows(privacy_request)] == list(codes)


def test_requests_of_others_of_other_times_and_of_the_other_kind_have_codes_of_their_own(door: Door) -> None:
    for path in (DELETION, DEAUTHORISE):
        for fields in ({}, {"user_id": "218472"}, {"issued_at": 1_790_000_000}):
            _ask(door, _signed(door, fields={"issued_at": 1_790_000_001, **fields}), path)
    assert len({row.confirmation_code for row in door.world.rows(privacy_request)}) == 6


def test_what_was_done_is_shown_as_done(door: Door) -> None:
    told: Any = _ask(door, _signed(door)).json
    with door.world.installation.database.transaction() as connection:
        connection.execute(privacy_request.update().values(state="done", closed_at=door.world.installation.clock.now()))
    assert "have been deleted" in door.client.get(told["url"]).text


def test_a_removed_app_is_kept_and_shown_too(door: Door) -> None:
    told: Any = _ask(door, _signed(door), DEAUTHORISE).json
    assert [row.kind for row in door.world.rows(privacy_request)] == ["deauthorisation"]
    assert "removed our app" in door.client.get(f"/privacy/requests/{told['confirmation_code']}").text


@pytest.mark.parametrize("path", [DELETION, DEAUTHORISE])
def test_an_unsigned_forged_or_outdated_request_is_refused_and_not_kept(door: Door, path: str) -> None:
    right = _signed(door)
    signature, _, payload = right.partition(".")
    forged = {
        "empty": "",
        "another secret": _signed(door, secret="another-secret-of-the-app"),
        "no signature": f".{payload}",
        "another payload": f"{signature}.{_encode(b'{}')}",
        "another algorithm": _signed(door, fields={"algorithm": "HMAC-SHA1"}),
        "no algorithm": _signed(door, fields={"algorithm": None}),
        "expired": _signed(door, fields={"expires": 1_600_000_000}),
        "of nobody": _signed(door, fields={"user_id": None}),
        "long": right + "A" * 10_000,
        "not ascii": "\u00e9." + payload,
    }
    assert {name: _ask(door, value, path).status_code for name, value in forged.items()} == dict.fromkeys(forged, 403)
    assert door.client.post(path, data=b"\xff" * 100).status_code == 403
    assert door.client.post(path).status_code == 403
    assert door.world.rows(privacy_request) == []


def test_the_page_of_an_unknown_code_shows_nothing_of_what_was_asked_for(door: Door) -> None:
    for code in ("nobody", "<script>alert(1)</script>", "%3Csvg%20onload=alert(1)%3E", "' OR 1=1 --"):
        page = door.client.get(f"/privacy/requests/{code}")
        assert page.status_code == 404
        assert not {"script", "svg", "OR 1"} & set(page.text.replace("<", " ").split())
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_a_page_shows_its_time_and_needs_nothing_from_elsewhere(door: Door) -> None:
    told: Any = _ask(door, _signed(door)).json
    page = door.client.get(told["url"])
    received: datetime = door.world.rows(privacy_request)[0].received_at
    assert received.strftime("%d %B %Y at %H:%M") in page.text
    assert "http" not in page.text
    assert page.headers["Cache-Control"] == "no-store"


def test_with_the_database_broken_a_request_is_not_confirmed(door: Door) -> None:
    with door.world.installation.database.transaction() as connection:
        connection.execute(text("ALTER TABLE privacy_request RENAME TO gone"))
    assert _ask(door, _signed(door)).status_code == 500
