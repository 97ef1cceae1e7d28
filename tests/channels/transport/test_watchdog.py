"""The total bound: it holds for every call, whatever clock it is read from."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from botapp.channels.connections import socket_options
from botapp.channels.transport import Failure, Reply, Request, Transport
from botapp.channels.watchdog import Watchdog

if TYPE_CHECKING:
    from tests.channels.transport.conftest import Peer, Script, ScriptedServer

    Serve = Callable[..., ScriptedServer]
Connect = Callable[..., Transport]

PATIENCE_SECONDS = 10.0


class SleepyClock:
    """A clock of a machine that falls asleep for a minute as soon as its maker has looked at it."""

    def __init__(self) -> None:
        self._maker = threading.get_ident()
        self._looked = False

    def now(self) -> datetime:
        return datetime(2026, 11, 22, tzinfo=UTC)

    def elapsed(self) -> float:
        if threading.get_ident() != self._maker:
            return time.monotonic()  # the watchdog sleeps on
        asleep = 60.0 if self._looked else 0.0
        self._looked = True
        return time.monotonic() + asleep


def test_a_machine_that_slept_past_the_bound_releases_nothing_and_asks_no_guard(
    serve: "Serve", post: Request, answer_all: "Script"
) -> None:
    server = serve(answer_all)
    looks: list[int] = []
    transport = Transport(server.url, clock=SleepyClock())

    outcome = transport.call(post, guard=lambda: looks.append(1))
    transport.close()

    assert outcome == Failure("total_timeout", None)
    assert looks == []
    server.settle()
    assert server.whole_requests() == []


def test_a_call_can_be_given_less_time(serve: "Serve", connect: Connect, get: Request) -> None:
    def script(peer: "Peer") -> None:
        peer.read_request()
        peer.hold()

    started_at = time.monotonic()
    outcome = connect(serve(script).url).call(get, within_seconds=0.2)

    assert isinstance(outcome, Failure)
    assert outcome.detail == "total_timeout"
    assert time.monotonic() - started_at < 3


def test_calls_beside_one_that_is_cut_off_go_on(serve: "Serve", connect: Connect, post: Request) -> None:
    cut_off = threading.Event()

    def script(peer: "Peer") -> None:
        while peer.read_request():
            if peer.received.startswith(b"GET"):
                peer.hold()
                cut_off.set()
                return
            cut_off.wait(PATIENCE_SECONDS)
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    transport = connect(serve(script).url)
    replies: list[object] = []
    patient = threading.Thread(target=lambda: replies.append(transport.call(post)))
    patient.start()
    impatient = transport.call(Request("GET", "/", {}), within_seconds=0.2)
    patient.join(PATIENCE_SECONDS)

    assert isinstance(impatient, Failure)
    assert isinstance(replies[0], Reply)


def test_a_watch_cut_off_before_it_has_a_connection_shuts_down_the_one_it_gets() -> None:
    watchdog = Watchdog(elapsed=time.monotonic)
    ours, theirs = socket.socketpair()
    with ours, theirs, watchdog.watching(0.0) as watch:
        watch.cut()
        watch.attach(ours)
        assert theirs.recv(1) == b""
    watchdog.close()


def test_a_call_that_ended_is_not_cut_off_afterwards() -> None:
    watchdog = Watchdog(elapsed=time.monotonic)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        with watchdog.watching(0.05) as watch:
            watch.attach(ours)
        with watchdog.watching(0.2) as later:
            other, end = socket.socketpair()
            with other, end:
                later.attach(other)
                assert end.recv(1) == b""  # the second watch has run out, so the first one would have long ago
        ours.sendall(b"x")
        assert theirs.recv(1) == b"x"
        assert not watch.cut_off
    watchdog.close()


def test_a_closed_transport_leaves_no_thread(serve: "Serve", answer_all: "Script") -> None:
    before = threading.active_count()
    server = serve(answer_all)
    transport = Transport(server.url, clock=SleepyClock())
    transport.close()
    assert threading.active_count() == before + 1  # the server's own


def test_a_process_forked_off_may_not_use_its_parents_connections() -> None:
    program = """
import os
from botapp.channels.transport import Request, Transport
from botapp.clock import SystemClock
transport = Transport("http://127.0.0.1:9", clock=SystemClock())
if os.fork() == 0:
    try:
        transport.call(Request("GET", "/", {}))
    except RuntimeError:
        os._exit(7)
    os._exit(0)
print(os.waitstatus_to_exitcode(os.wait()[1]))
"""
    command = [sys.executable, "-W", "ignore", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)  # noqa: S603  our own text
    assert done.stdout == "7\n"


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="this system has no TCP_USER_TIMEOUT")
def test_the_kernel_gives_up_delivering_when_we_do() -> None:
    with socket.socket() as connection:
        for level, name, value in socket_options(5.0):
            connection.setsockopt(level, name, value)
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 5000
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8) == b"\x01" + b"\x00" * 7
