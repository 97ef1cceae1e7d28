"""The guard runs with the headers on the wire and the body still here."""

import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from botapp.channels.guarded_body import GuardedBody
from botapp.channels.port import LateError
from botapp.channels.transport import Failure, Reply, Request, Transport
from botapp.channels.watchdog import Watch

if TYPE_CHECKING:
    from tests.channels.transport.conftest import Script, ScriptedServer

    Serve = Callable[..., ScriptedServer]
Connect = Callable[..., Transport]

PATIENCE_SECONDS = 10.0


def too_late() -> None:
    raise LateError


def test_the_guard_runs_after_the_headers_arrived_and_before_any_byte_of_the_body(
    serve: "Serve", connect: Connect, post: Request, answer_all: "Script"
) -> None:
    server = serve(answer_all)
    assert_that_headers_come_first(server, connect(server.url), post)


def test_over_tls_too_the_guard_runs_between_headers_and_body(
    serve: "Serve", connect: Connect, post: Request, answer_all: "Script", tls: ssl.SSLContext, ca_file: Path
) -> None:
    server = serve(answer_all, tls)
    assert_that_headers_come_first(server, connect(server.url, ca_file=ca_file), post)


def assert_that_headers_come_first(server: "ScriptedServer", transport: Transport, post: Request) -> None:
    seen: list[bytes] = []

    def guard() -> None:
        assert server.headers_arrived.wait(PATIENCE_SECONDS), "no headers before the guard"
        seen.append(bytes(server.peers[-1].received))

    for _ in range(2):  # on a new connection and on a warm one
        server.headers_arrived.clear()
        assert isinstance(transport.call(post, guard=guard), Reply)

    for received in seen:
        assert received.endswith(b"\r\n\r\n")
        assert b"Content-Length: 16\r\n" in received
        assert b"chunked" not in received.lower()
    assert len(seen) == 2
    assert len(server.peers) == 1
    assert server.whole_requests() == [post.body, post.body]


def test_a_late_guard_leaves_the_server_with_headers_and_no_body(
    serve: "Serve", connect: Connect, post: Request, answer_all: "Script"
) -> None:
    server = serve(answer_all)

    def guard() -> None:
        assert server.headers_arrived.wait(PATIENCE_SECONDS)
        raise LateError

    outcome = connect(server.url).call(post, guard=guard)

    assert outcome == Failure("late", None)
    assert outcome.certainly_not_delivered
    server.settle()
    assert server.whole_requests() == []
    assert server.peers[0].received.endswith(b"\r\n\r\n")


def test_a_connection_given_up_half_way_is_reset_and_not_used_again(
    serve: "Serve", connect: Connect, post: Request, answer_all: "Script"
) -> None:
    server = serve(answer_all)
    transport = connect(server.url)

    transport.call(post, guard=too_late)
    server.settle()
    assert isinstance(transport.call(post), Reply)

    assert server.peers[0].ending == "reset"
    assert len(server.peers) == 2
    assert server.whole_requests() == [post.body]


@pytest.mark.parametrize("fault", [LookupError("no claim"), BrokenPipeError("database"), ValueError("database")])
def test_any_other_exception_of_the_guard_comes_out_and_nothing_was_delivered(
    fault: Exception, serve: "Serve", connect: Connect, post: Request, answer_all: "Script"
) -> None:
    server = serve(answer_all)

    def guard() -> None:
        raise fault

    with pytest.raises(type(fault)) as raised:
        connect(server.url).call(post, guard=guard)

    assert raised.value is fault
    server.settle()
    assert server.whole_requests() == []


def test_the_write_lag_counts_up_to_the_release_of_the_body(
    serve: "Serve", connect: Connect, post: Request, answer_all: "Script"
) -> None:
    def guard() -> None:
        time.sleep(0.05)  # what is measured is time itself

    reply = connect(serve(answer_all).url).call(post, guard=guard)

    assert isinstance(reply, Reply)
    assert reply.write_lag_seconds is not None
    assert 0.05 <= reply.write_lag_seconds < PATIENCE_SECONDS


def test_a_large_body_leaves_whole_after_one_look_of_the_guard(
    serve: "Serve", connect: Connect, answer_all: "Script"
) -> None:
    looks: list[int] = []
    server = serve(answer_all)
    large = Request("POST", "/", {}, b"x" * 300_000)

    assert isinstance(connect(server.url).call(large, guard=lambda: looks.append(1)), Reply)

    assert server.whole_requests() == [large.body]
    assert looks == [1]


def test_a_body_gives_its_bytes_out_once_whatever_size_is_asked_for() -> None:
    looks: list[int] = []
    body = GuardedBody(b"hello", watch=Watch(0.0, 10.0), guard=lambda: looks.append(1), elapsed=lambda: 3.0)

    assert (len(body), body.write_lag_seconds) == (5, None)
    assert [body.read(1), body.read(), body.read(16384)] == [b"hello", b"", b""]
    assert looks == [1]
    assert body.write_lag_seconds == 3.0


def test_nothing_below_can_rewind_a_body() -> None:
    assert not hasattr(GuardedBody, "seek")
    assert not hasattr(GuardedBody, "tell")
    assert not hasattr(GuardedBody, "__iter__")
