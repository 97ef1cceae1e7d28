"""Whatever the server does: nothing is sent twice, and "certainly not delivered" is said only where it is."""

import gzip
import re
import socket
import ssl
import time
import tracemalloc
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from botapp.channels.transport import Failure, Reply, Request, Transport

if TYPE_CHECKING:
    from tests.channels.transport.conftest import Peer, Script, ScriptedServer

    Serve = Callable[..., ScriptedServer]
Connect = Callable[..., Transport]

PATIENCE_SECONDS = 10.0
SHORT = {"connect_seconds": 0.4, "read_seconds": 0.4, "total_seconds": 0.8}


def hangs_up_at_once(peer: "Peer") -> None:
    peer.reset()


def hangs_up_after_the_headers(peer: "Peer") -> None:
    peer.read_headers()
    peer.reset()


def hangs_up_after_the_request(peer: "Peer") -> None:
    peer.read_request()
    peer.close()


def resets_after_the_request(peer: "Peer") -> None:
    peer.read_request()
    peer.reset()


def never_answers(peer: "Peer") -> None:
    peer.read_request()
    peer.hold()


def trickles_headers(peer: "Peer") -> None:
    peer.read_request()
    peer.trickle(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"z" * 150)


def trickles_a_body(peer: "Peer") -> None:
    peer.read_request()
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n")
    peer.trickle(b"z" * 150)


def trickles_a_body_without_length(peer: "Peer") -> None:
    peer.read_request()
    peer.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    peer.trickle(b"z" * 150)


def trickles_chunks(peer: "Peer") -> None:
    peer.read_request()
    peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    peer.trickle(b"1\r\nz\r\n" * 30)


def answers_rubbish(peer: "Peer") -> None:
    peer.read_request()
    peer.send(b"good morning\r\n\r\n")
    peer.close()


def breaks_off_its_answer(peer: "Peer") -> None:
    peer.read_request()
    peer.send(b'HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{"message_id":')
    peer.close()


def answers_too_much(peer: "Peer") -> None:
    peer.read_request()
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n" + b" " * 5_000_000)


def answers_without_end(peer: "Peer") -> None:
    peer.read_request()
    peer.send(b"HTTP/1.1 200 OK\r\n\r\n")
    while not peer.server.ended.is_set():
        peer.send(b" " * 1000)


def sends_headers_without_end(peer: "Peer") -> None:
    peer.read_request()
    peer.send(b"HTTP/1.1 200 OK\r\n" + b"X-More: z\r\n" * 5000)


@pytest.mark.parametrize(
    ("script", "detail"),
    [
        (hangs_up_after_the_request, "connection_lost"),
        (resets_after_the_request, "connection_lost"),
        (never_answers, "read_timeout"),
        (trickles_headers, "total_timeout"),
        (trickles_a_body, "total_timeout"),
        (trickles_a_body_without_length, "total_timeout"),
        (trickles_chunks, "total_timeout"),
        (answers_rubbish, "connection_lost"),
        (breaks_off_its_answer, "connection_lost"),
        (answers_too_much, "answer_too_long"),
        (answers_without_end, "answer_too_long"),
        (sends_headers_without_end, "connection_lost"),
    ],
)
def test_a_server_that_had_the_request_and_gave_no_answer_leaves_it_uncertain(
    script: "Script", detail: str, serve: "Serve", connect: Connect, post: Request
) -> None:
    server = serve(script)
    started_at = time.monotonic()

    outcome = connect(server.url, **SHORT).call(post)

    assert time.monotonic() - started_at < 3, "the total bound did not hold"
    assert isinstance(outcome, Failure)
    assert outcome.detail == detail
    assert not outcome.certainly_not_delivered
    server.settle()
    assert server.whole_requests() == [post.body]


def test_an_answer_that_unpacks_to_too_much_is_not_unpacked(serve: "Serve", connect: Connect, post: Request) -> None:
    bomb = gzip.compress(b" " * 50_000_000)

    def script(peer: "Peer") -> None:
        peer.read_request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb) + bomb)

    transport = connect(serve(script).url)
    tracemalloc.start()
    outcome = transport.call(post)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert isinstance(outcome, Failure)
    assert outcome.detail == "answer_too_long"
    assert peak_bytes < 10_000_000


@pytest.mark.parametrize("script", [hangs_up_at_once, hangs_up_after_the_headers])
def test_certainty_is_claimed_only_where_the_server_never_had_the_whole_request(
    script: "Script", serve: "Serve", connect: Connect
) -> None:
    server = serve(script)
    transport = connect(server.url, **SHORT)
    certain = []

    for number in range(100):
        post = Request("POST", "/", {}, b"%03d" % number)
        outcome = transport.call(post)
        assert isinstance(outcome, Failure)
        assert outcome.detail in {"connection_lost", "connect"}
        if outcome.certainly_not_delivered:
            certain.append(post.body)
    server.settle()

    arrived = server.whole_requests()
    assert not set(certain) & set(arrived)
    assert len(set(arrived)) == len(arrived)


def test_a_refused_connection_is_certain_not_to_have_delivered(connect: Connect, post: Request) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    assert connect(f"http://127.0.0.1:{port}").call(post) == Failure("connect", None)


def test_a_connection_never_accepted_is_certain_not_to_have_delivered(connect: Connect, post: Request) -> None:
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3):  # fill the queue, so that the next one hangs
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())

        transport = connect(f"http://127.0.0.1:{listener.getsockname()[1]}", **SHORT)
        assert transport.call(post) == Failure("connect_timeout", None)


def test_a_trickled_tls_handshake_ends_with_the_total_bound(serve: "Serve", connect: Connect, post: Request) -> None:
    def script(peer: "Peer") -> None:
        peer.trickle(b"\x16\x03\x03\x40\x00" + b"\x02" * 150)

    server = serve(script)
    started_at = time.monotonic()

    outcome = connect(f"https://127.0.0.1:{server.port}", total_seconds=0.4).call(post)

    assert time.monotonic() - started_at < 2
    assert outcome == Failure("total_timeout", None)


def test_a_server_that_speaks_no_tls_is_certain_not_to_have_had_the_message(
    serve: "Serve", connect: Connect, post: Request
) -> None:
    def script(peer: "Peer") -> None:
        peer.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    outcome = connect(f"https://127.0.0.1:{serve(script).port}", **SHORT).call(post)

    assert outcome == Failure("tls", None)


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(
    serve: "Serve", connect: Connect, post: Request, answer_all: "Script", tls: ssl.SSLContext, ca_file: Path
) -> None:
    server = serve(answer_all, tls)

    assert connect(server.url).call(post) == Failure("tls", None)
    assert isinstance(connect(server.url, ca_file=ca_file).call(post), Reply)
    assert server.whole_requests() == [post.body]


@pytest.mark.parametrize("status", [b"301 Moved", b"302 Found", b"303 See", b"307 Temporary", b"308 Permanent"])
def test_a_redirect_is_an_answer_and_never_followed(
    status: bytes, serve: "Serve", connect: Connect, post: Request, answer_all: "Script"
) -> None:
    elsewhere = serve(answer_all)

    def script(peer: "Peer") -> None:
        while peer.read_request():
            location = f"{elsewhere.url}/v25.0/1000/messages".encode()
            peer.send(b"HTTP/1.1 %b\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n" % (status, location))

    server = serve(script)
    reply = connect(server.url).call(post)

    assert isinstance(reply, Reply)
    assert reply.status == int(status[:3])
    assert server.whole_requests() == [post.body]
    assert elsewhere.peers == []


@pytest.mark.parametrize("status", [400, 408, 425, 429, 500, 502, 503, 504])
def test_no_status_makes_it_send_again(status: int, serve: "Serve", connect: Connect, post: Request) -> None:
    def script(peer: "Peer") -> None:
        while peer.read_request():
            peer.send(b"HTTP/1.1 %d No\r\nRetry-After: 0\r\nContent-Length: 4\r\n\r\n<b/>" % status)

    server = serve(script)
    reply = connect(server.url).call(post)

    assert isinstance(reply, Reply)
    assert (reply.status, reply.body, reply.headers["retry-after"]) == (status, b"<b/>", "0")
    assert server.whole_requests() == [post.body]


def test_a_token_that_no_header_can_carry_fails_without_being_quoted(
    serve: "Serve", connect: Connect, answer_all: "Script"
) -> None:
    server = serve(answer_all)
    transport = connect(server.url)

    for token in ("two\nlines", "not latin \u20ac"):
        outcome = transport.call(Request("POST", "/", {"Authorization": f"Bearer {token}"}, b"{}"))
        assert outcome == Failure("invalid_request", None)
    assert server.whole_requests() == []


def test_details_are_words_of_ours() -> None:
    source = Path(__file__).resolve().parents[3] / "botapp" / "channels" / "transport.py"
    details = re.findall(r'Failure\("(.*?)"', source.read_text())
    assert details
    assert all(re.fullmatch("[a-z_]+", detail) for detail in details)
