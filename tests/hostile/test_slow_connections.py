"""Connections that are opened and hardly used cost nobody else time or memory: customers are answered meanwhile."""

import contextlib
import socket
import time
from collections.abc import Callable

import pytest

from tests.hostile.web_process import WebProcess, head, message_body, read_all, status_of

SLOW = 40  # connections of each kind: five times the threads
PATIENCE_SECONDS = 10  # the server's, for a whole request
QUICK_SECONDS = 8  # on a loaded machine; without patience the first answer came after minutes or never
HEADERS = b"POST /webhooks/messenger HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
CHUNKED = {"Content_Length": "", "Transfer_Encoding": "chunked"}
BEGINNINGS = {
    "nothing at all": b"",
    "a letter": b"P",
    "half of the headers": HEADERS,
    "no body": head(b"x" * 500),
    "half of a body": head(b"x" * 500) + b"x" * 250,
    "half of a body that waited for leave": head(b"x" * 500, Expect="100-continue") + b"x" * 250,
    "half of a chunk": head(b"x" * 500, **CHUNKED) + b"1f4\r\nxxx",
    "chunks without an end": head(b"x" * 500, **CHUNKED) + b"4\r\n\r\n\r\n\r\n",
    "a request and half of another": head(method="GET", path="/health/live", Connection="") + HEADERS,
    "something refused, and never reading why": b"x" * (80 << 10),
}


def test_customers_are_answered_while_others_hold_back_the_rest(web_process: WebProcess) -> None:
    waited_seconds = {}
    for name, beginning in BEGINNINGS.items():
        with web_process.connections(SLOW, beginning):
            waited_seconds[name] = max(web_process.deliver_seconds() for _ in range(3))
    with contextlib.ExitStack() as stack:
        for beginning in BEGINNINGS.values():
            stack.enter_context(web_process.connections(SLOW, beginning))
        waited_seconds["all of them"] = max(web_process.deliver_seconds() for _ in range(3))
    assert {name: seconds for name, seconds in waited_seconds.items() if seconds > QUICK_SECONDS} == {}


def test_customers_are_answered_while_more_connections_idle_than_there_is_room_for(web_process: WebProcess) -> None:
    with web_process.connections(700):
        assert max(web_process.deliver_seconds() for _ in range(3)) < QUICK_SECONDS


def test_answered_clients_that_never_hang_up_hold_nobody_up(web_process: WebProcess) -> None:
    request = head(method="GET", path="/nothing-is-here")
    with web_process.connections(SLOW, request) as answered:
        assert web_process.deliver_seconds() < QUICK_SECONDS
        assert {status_of(read_all(connection)) for connection in answered} == {404}


def test_half_sent_bodies_are_not_collected_without_bound(web_process: WebProcess) -> None:
    half = head(Content_Length=str(3 << 20)) + b"x" * ((3 << 20) - 1)
    before = web_process.resident_bytes()
    with web_process.connections(80, half):  # 240 MiB
        assert web_process.deliver_seconds() < QUICK_SECONDS
        assert web_process.resident_bytes() - before < 130 << 20


def test_who_takes_too_long_is_told_so_and_who_takes_a_while_is_served(
    web_process: WebProcess, wait_until: Callable[..., None]
) -> None:
    with web_process.connections(1) as [silent], web_process.connections(1, head(b"xx") + b"x") as [half]:
        with web_process.connect() as slow:
            if _send_slowly(slow, message_body("m_slow")) > PATIENCE_SECONDS:
                pytest.skip("this machine stood still for all of the server's patience")
            assert status_of(read_all(slow)) == 200
        wait_until(lambda: _is_over(silent) and _is_over(half), 40, "their time is up after ten seconds")
        assert status_of(read_all(silent)) == status_of(read_all(half)) == 408


def _send_slowly(connection: socket.socket, body: bytes) -> float:
    """How many seconds it took, whatever the server made of it."""
    began = time.monotonic()
    with contextlib.suppress(ConnectionError):
        for part in [head(body), *(body[place : place + 40] for place in range(0, len(body), 40))]:
            connection.sendall(part)
            time.sleep(0.1)
    return time.monotonic() - began


def _is_over(connection: socket.socket) -> bool:
    """Whether the server has something to say or has hung up; what it is stays unread."""
    connection.setblocking(False)
    try:
        return len(connection.recv(1, socket.MSG_PEEK)) <= 1
    except BlockingIOError:
        return False
    finally:
        connection.settimeout(5)
