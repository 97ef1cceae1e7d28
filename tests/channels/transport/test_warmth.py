"""Connections stay warm while they are surely alive, and nothing of the environment gets between."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from botapp.channels.transport import Failure, Reply, Request, Transport

if TYPE_CHECKING:
    from tests.channels.transport.conftest import Peer, Script, ScriptedServer

    Serve = Callable[..., ScriptedServer]
Connect = Callable[..., Transport]

PATIENCE_SECONDS = 10.0
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


def test_calls_one_after_another_share_a_connection_whatever_thread_makes_them(
    serve: "Serve", connect: Connect, post: Request, answer_all: "Script"
) -> None:
    server = serve(answer_all)
    transport = connect(server.url)

    for _ in range(3):
        with ThreadPoolExecutor(1) as threads:
            assert isinstance(threads.submit(transport.call, post).result(), Reply)

    assert len(server.peers) == 1
    assert server.whole_requests() == [post.body] * 3


def test_a_connection_idle_for_too_long_is_not_used_again(
    serve: "Serve", connect: Connect, post: Request, answer_all: "Script"
) -> None:
    server = serve(answer_all)
    transport = connect(server.url, idle_seconds=0.0)

    assert isinstance(transport.call(post), Reply)
    server.settle()  # it was closed at once
    assert isinstance(transport.call(post), Reply)

    assert len(server.peers) == 2
    assert server.whole_requests() == [post.body] * 2


def test_a_connection_the_server_closed_meanwhile_costs_nothing(
    serve: "Serve", connect: Connect, post: Request
) -> None:
    closed = threading.Event()

    def script(peer: "Peer") -> None:
        peer.read_request()
        peer.send(OK)
        peer.close()
        closed.set()

    server = serve(script)
    transport = connect(server.url)

    for _ in range(5):
        assert isinstance(transport.call(post), Reply)
        assert closed.wait(PATIENCE_SECONDS)
        closed.clear()

    assert server.whole_requests() == [post.body] * 5


def test_words_left_over_on_a_connection_are_never_taken_for_an_answer(
    serve: "Serve", connect: Connect, post: Request
) -> None:
    said = threading.Event()

    def script(peer: "Peer") -> None:
        while peer.read_request():
            peer.send(OK)
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n" + b'{"message_id":"m_x"}')
            said.set()

    server = serve(script)
    transport = connect(server.url)

    assert isinstance(transport.call(post), Reply)
    assert said.wait(PATIENCE_SECONDS)
    second = transport.call(post)

    assert isinstance(second, Reply)
    assert second.body == b"{}"


def test_a_connection_whose_answer_is_still_to_come_is_not_used_again(
    serve: "Serve", connect: Connect, post: Request
) -> None:
    server = serve(early_hints_first)
    transport = connect(server.url)

    first = transport.call(post)
    server.settle()
    second = transport.call(post)

    assert first == Failure("answer_to_come", first.write_lag_seconds)
    assert not first.certainly_not_delivered
    assert isinstance(second, Reply)
    assert len(server.peers) == 2
    assert server.whole_requests() == [post.body] * 2


def early_hints_first(peer: "Peer") -> None:
    peer.read_request()
    peer.send(b"HTTP/1.1 103 Early Hints\r\n\r\n" if len(peer.server.peers) == 1 else OK)


def test_the_total_bound_holds_on_a_warm_connection_too(serve: "Serve", connect: Connect, post: Request) -> None:
    def script(peer: "Peer") -> None:
        peer.read_request()
        peer.send(OK)
        peer.read_request()
        peer.trickle(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"z" * 150)

    server = serve(script)
    transport = connect(server.url)

    assert isinstance(transport.call(post), Reply)
    started_at = time.monotonic()
    slow = transport.call(post, within_seconds=0.4)

    assert time.monotonic() - started_at < 2
    assert slow == Failure("total_timeout", slow.write_lag_seconds)
    assert len(server.peers) == 1


def test_many_threads_at_once_send_each_message_once_on_a_connection_of_its_own(
    serve: "Serve", connect: Connect
) -> None:
    together = threading.Barrier(8)

    def script(peer: "Peer") -> None:
        while peer.read_request():
            together.wait(PATIENCE_SECONDS)  # all eight are in flight
            peer.send(OK)

    server = serve(script)
    transport = connect(server.url)
    requests = [Request("POST", "/", {}, b'{"number":%d}' % number) for number in range(80)]

    with ThreadPoolExecutor(8) as threads:
        replies = list(threads.map(transport.call, requests))

    assert all(isinstance(reply, Reply) for reply in replies)
    assert sorted(server.whole_requests()) == sorted(request.body or b"" for request in requests)
    assert len(server.peers) == 8


def test_proxies_netrc_and_certificates_of_the_environment_are_ignored(
    serve: "Serve",
    connect: Connect,
    post: Request,
    answer_all: "Script",
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    server, proxy = serve(answer_all), serve(answer_all)
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login mallory password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "none.pem"))
    transport = connect(server.url)

    assert isinstance(transport.call(post), Reply)
    assert isinstance(transport.call(Request("GET", "/v25.0/me", {})), Reply)

    assert proxy.peers == []
    received = bytes(server.peers[0].received)
    assert received.count(b"Authorization: Bearer alice") == 1
    assert b"Basic" not in received


def test_cookies_are_not_kept(serve: "Serve", connect: Connect, get: Request) -> None:
    def script(peer: "Peer") -> None:
        while peer.read_request():
            peer.send(b"HTTP/1.1 200 OK\r\nSet-Cookie: who=alice; Path=/\r\nContent-Length: 2\r\n\r\n{}")

    server = serve(script)
    transport = connect(server.url)

    transport.call(get)
    transport.call(get)

    assert b"cookie" not in bytes(server.peers[0].received).lower()


def test_a_question_without_a_body_has_none_and_asks_no_guard(
    serve: "Serve", connect: Connect, get: Request, answer_all: "Script"
) -> None:
    server = serve(answer_all)

    reply = connect(server.url).call(get)

    assert isinstance(reply, Reply)
    assert reply.write_lag_seconds is None
    assert b"Content-Length" not in server.peers[0].received
    assert server.peers[0].received.startswith(b"GET /v25.0/me HTTP/1.1\r\n")
