"""What the platform is answered: 400 for what is no JSON object, 200 once it is committed, 5xx where it is not."""

import json
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql
from sqlalchemy import text

from botapp.channels.messenger.signature import sign
from botapp.storage.schema import inbound_event, ledger_entry
from tests.servers import library_url
from tests.web.conftest import PATH, Door
from tests.world import PAGE_ID, SECRET, World, standing_world

Hello = Callable[..., dict[str, Any]]
ACKNOWLEDGE_SECONDS = 3  # the platform waits five


NO_JSON_OBJECTS = (
    b"",
    b"hello",
    b"{",
    b"[]",
    b"null",
    b"7",
    b'"page"',
    b"\xff\xfe",
    b'{"a": NaN}',
    b'{"a":1}garbage',
    b"1" * 5000,
    b'{"a":' * 50_000,
    b"[" * 50_000,
    b'{"entry":[{"id":"1000","messaging":[' * 50_000,
)


def test_what_is_no_json_object_is_refused(door: Door) -> None:
    statuses = {content[:20]: door.deliver_bytes(content).status_code for content in NO_JSON_OBJECTS}
    assert statuses == dict.fromkeys(statuses, 400)
    assert door.world.rows(inbound_event) == []


def test_everything_else_that_is_authentic_is_accepted_whatever_it_holds(door: Door) -> None:
    bodies: list[dict[str, Any]] = [
        {},
        {"object": "page"},
        {"object": "page", "entry": {}},
        {"object": "instagram", "entry": [{"id": PAGE_ID, "messaging": [{"sender": {"id": "1"}}]}]},
        {"object": "whatsapp_business_account", "entry": [{"id": PAGE_ID, "changes": [{"field": "messages"}]}]},
        {"object": "page", "entry": [{"id": PAGE_ID, "changes": [{"field": "feed", "value": {}}]}]},
        {"object": "page", "entry": [{"id": "9999", "messaging": [{"sender": {"id": "1"}, "message": {"text": "x"}}]}]},
    ]
    assert [door.deliver(body).status_code for body in bodies] == [200] * len(bodies)
    assert door.world.contacts() == []


def test_a_delivery_that_cannot_be_committed_is_not_acknowledged_and_leaves_nothing_half_done(
    door: Door, hello: Hello
) -> None:
    body = hello()
    for table in ("reply", "ledger_entry", "contact"):
        _rename(door.world, table, "gone")
        answer = door.deliver(body)
        _rename(door.world, "gone", table)
        assert (answer.status_code, answer.json) == (500, {"error": "Internal Server Error"})
    assert door.world.rows(inbound_event) == door.world.contacts() == []
    assert [e for e in door.world.rows(ledger_entry) if e.contact_id] == []
    assert door.rings == []
    assert door.deliver(body).status_code == 200
    assert len(door.world.replies()) == 1


def test_with_the_database_away_the_platform_is_asked_to_try_again(
    postgresql_database_url: str,
    redis_url: str,
    var_dir: Path,
    open_door: Callable[[World], Door],
    hello: Callable[..., dict[str, Any]],
) -> None:
    with standing_world(postgresql_database_url, redis_url, var_dir) as world:
        door = open_door(world)
        assert door.deliver(hello(mid="m_1")).status_code == 200
        _let_connections(world, allowed=False)
        answers = [door.deliver(hello(mid="m_2")) for _ in range(2)]
        ready = door.client.get("/health/ready")
        _let_connections(world, allowed=True)
        assert [a.status_code for a in answers] == [500, 500]
        assert (ready.status_code, ready.get_json()["database"], ready.get_json()["redis"]) == (503, False, True)
        assert len(world.replies()) == 1
        assert door.deliver(hello(mid="m_2")).status_code == 200
        assert len(world.replies()) == 2


def test_with_redis_away_a_delivery_is_acknowledged_at_once_and_the_answer_still_owed(
    database_url: str, var_dir: Path, free_port: int
) -> None:
    with standing_world(database_url, f"redis://127.0.0.1:{free_port}/0", var_dir) as world:
        _assert_quickly_acknowledged(world)


def test_a_redis_that_hangs_does_not_make_the_platform_give_up(sqlite_database_url: str, var_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as hanging:
        url = f"redis://127.0.0.1:{hanging.getsockname()[1]}/0"
        with standing_world(sqlite_database_url, url, var_dir) as world:
            _assert_quickly_acknowledged(world)


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(10**12, 10**19)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_ID = st.sampled_from([PAGE_ID, "2000", 2000, "", None, "\x00", "\ud83d"]) | _JSON
_PARTY = st.fixed_dictionaries({}, optional={"id": _ID, "user_ref": _JSON}) | _JSON
_MESSAGE = _JSON | st.fixed_dictionaries(
    {},
    optional={
        "mid": _ID,
        "text": st.sampled_from(["STOP", "START", "mute 3 days", "mute 999999999999 weeks"]) | _JSON,
        "quick_reply": st.fixed_dictionaries({"payload": st.sampled_from(["botapp:stop", "botapp:mute:9e9d"]) | _JSON}),
        "attachments": _JSON,
        "is_echo": _JSON,
        "metadata": st.sampled_from(["botapp:", "botapp:x"]) | _JSON,
        "app_id": _ID,
        "referral": _JSON,
    },
)
_KINDS = (
    "postback",
    "reaction",
    "referral",
    "optin",
    "delivery",
    "read",
    "message_edit",
    "pass_thread_control",
    "take_thread_control",
    "policy_enforcement",
    "account_linking",
    "anything",
)
_EVENT = st.fixed_dictionaries(
    {},
    optional={
        "sender": _PARTY,
        "recipient": _PARTY,
        "timestamp": st.integers(0, 10**15) | _JSON,
        "message": _MESSAGE,
        **dict.fromkeys(
            _KINDS,
            _JSON
            | st.fixed_dictionaries({}, optional={"mid": _ID, "watermark": _JSON, "mids": _JSON, "action": _JSON}),
        ),
    },
)
_EVENTS = st.lists(_EVENT | _JSON, max_size=4) | _JSON
_ENTRY = st.fixed_dictionaries({}, optional={"id": _ID, "messaging": _EVENTS, "standby": _EVENTS, "changes": _EVENTS})
_BODY = st.fixed_dictionaries(
    {"object": st.just("page") | _JSON, "entry": st.lists(_ENTRY | _JSON, max_size=3) | _JSON}
)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(body=_BODY)
def test_no_authentic_body_is_a_fault_or_takes_long(door: Door, body: dict[str, Any]) -> None:
    content = json.dumps(body).encode()
    before = time.thread_time()
    assert door.deliver_bytes(content).status_code == 200
    assert time.thread_time() - before < 1


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200))
def test_no_signed_bytes_are_a_fault(door: Door, content: bytes) -> None:
    assert door.deliver_bytes(content).status_code in (200, 400)


def test_a_deep_but_complete_body_is_no_fault(door: Door) -> None:
    depths = (300, 900, 960, 990, 1100, 5000)
    bodies = [b'{"entry":[{"id":"1000","messaging":[' + b"[" * d + b"]" * d + b"]}]}" for d in depths]
    assert {door.deliver_bytes(body).status_code for body in bodies} <= {200, 400}


def _assert_quickly_acknowledged(world: World) -> None:
    app: Flask = world.installation.web_app()
    for number in range(3):
        content = json.dumps({"object": "page", "entry": [{"id": PAGE_ID, "messaging": [_message(number)]}]}).encode()
        before = time.monotonic()
        answer = app.test_client().post(PATH, data=content, headers={"X-Hub-Signature-256": sign(content, SECRET)})
        assert answer.status_code == 200
        assert time.monotonic() - before < ACKNOWLEDGE_SECONDS
    assert [r.state for r in world.replies()] == ["planned"] * 3


def _message(number: int) -> dict[str, Any]:
    return {"sender": {"id": "2000"}, "timestamp": 1_790_000_000, "message": {"mid": f"m_{number}", "text": "hello"}}


def _rename(world: World, table: str, name: str) -> None:
    with world.installation.database.transaction() as connection:
        connection.execute(text(f"ALTER TABLE {table} RENAME TO {name}"))


def _let_connections(world: World, *, allowed: bool) -> None:
    """Allow connections to the world's database, or none, ending those there are."""
    url = world.installation.database.engine.url
    server = url.set(database="postgres").render_as_string(hide_password=False)
    name = sql.Identifier(str(url.database))
    with psycopg.connect(library_url(server), autocommit=True) as connection:
        connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}").format(name, sql.Literal(allowed)))
        ending = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        connection.execute(ending, (url.database,))
