"""The wire that the chaos cuts does what is said of it: otherwise the chaos would prove less than it seems to."""

import gc
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from botapp.clock import SystemClock
from tests.chaos.link import Exchange, Link, Step, Trap

_REQUEST = b'{"messaging_type":"UPDATE","message":{"metadata":"botapp:00ff"}}'
_SOCKET_SECONDS = 5.0

Wait = Callable[..., None]


@dataclass
class _Target:
    """Remembers what arrives, and answers each chunk with a word."""

    port: int
    arrived: list[bytes] = field(default_factory=list)


@pytest.fixture
def target() -> Iterator[_Target]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made = _Target(listener.getsockname()[1])
        threads: list[threading.Thread] = []

        def answer(connection: socket.socket) -> None:
            with connection:
                try:
                    while chunk := connection.recv(1 << 16):
                        made.arrived.append(chunk)
                        connection.sendall(b"yes")
                except OSError:
                    pass

        def accept() -> None:
            try:
                while True:
                    threads.append(threading.Thread(target=answer, args=(listener.accept()[0],)))
                    threads[-1].start()
            except OSError:
                pass

        acceptor = threading.Thread(target=accept)
        acceptor.start()
        yield made
        listener.shutdown(socket.SHUT_RDWR)
    acceptor.join()
    for thread in threads:
        thread.join()


@pytest.fixture
def link(target: _Target) -> Iterator[Link]:
    with Link([target.port], SystemClock(), longest_hold_seconds=60) as made:
        yield made


@contextmanager
def _asker(link: Link) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", link.port), timeout=_SOCKET_SECONDS) as connection:
        connection.sendall(b"hello")
        assert connection.recv(10) == b"yes"
        yield connection


def _is_cut_off(asker: socket.socket) -> bool:
    try:
        return asker.recv(10) == b""
    except ConnectionError:
        return True


def test_what_arrives_while_the_link_is_cut_is_held_and_then_delivered(link: Link, target: _Target) -> None:
    with _asker(link) as asker:
        link.cut(keeps_for_the_dead=False)
        asker.sendall(_REQUEST)
        asker.settimeout(0.3)
        with pytest.raises(TimeoutError):
            asker.recv(10)
        assert target.arrived == [b"hello"]
        link.mend()
        asker.settimeout(_SOCKET_SECONDS)
        assert asker.recv(10) == b"yes"
    assert target.arrived == [b"hello", _REQUEST]


@pytest.mark.parametrize("keeps", [True, False])
def test_what_the_dead_had_written_is_delivered_only_where_it_is_kept_for_them(
    link: Link, target: _Target, wait_until: Wait, *, keeps: bool
) -> None:
    with _asker(link) as asker:
        link.cut(keeps_for_the_dead=keeps)
        asker.sendall(_REQUEST)
        wait_until(lambda: link.began_at)
    link.mend()
    with _asker(link):  # which passes the link after it
        expected = [b"hello", _REQUEST, b"hello"] if keeps else [b"hello", b"hello"]
        wait_until(lambda: sorted(target.arrived) == sorted(expected))


def test_what_was_held_for_too_long_is_dropped(target: _Target) -> None:
    with Link([target.port], SystemClock(), longest_hold_seconds=0.05) as link, _asker(link) as asker:
        link.cut(keeps_for_the_dead=True)
        asker.sendall(_REQUEST)
        asker.settimeout(0.3)
        with pytest.raises(TimeoutError):
            asker.recv(10)
        link.mend()
        asker.settimeout(_SOCKET_SECONDS)
        assert _is_cut_off(asker)
    assert target.arrived == [b"hello"]


def test_what_was_held_for_too_long_is_dropped_from_its_first_byte_on_where_it_came_over_a_new_connection(
    target: _Target,
) -> None:
    with Link([target.port], SystemClock(), longest_hold_seconds=0.05) as link:
        link.cut(keeps_for_the_dead=True)
        with socket.create_connection(("127.0.0.1", link.port), timeout=0.3) as asker:
            asker.sendall(_REQUEST)
            with pytest.raises(TimeoutError):
                asker.recv(10)
            link.mend()
            asker.settimeout(_SOCKET_SECONDS)
            assert _is_cut_off(asker)
    assert target.arrived == []


def test_a_link_that_refuses_lets_nobody_in_until_it_accepts_again(link: Link) -> None:
    link.refuse()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", link.port), timeout=_SOCKET_SECONDS)
    link.accept()
    with _asker(link):
        pass


@pytest.mark.parametrize(("step", "swallow", "arrives"), [(Step.BODY, True, False), (Step.PASSED, False, True)])
def test_a_trap_tells_who_asked_at_its_step_and_swallows_what_it_should(
    link: Link, target: _Target, wait_until: Wait, *, step: Step, swallow: bool, arrives: bool
) -> None:
    sprung: list[Exchange] = []
    with _asker(link) as asker:
        link.arm(Trap(step, sprung.append, proactive_only=True, swallow=swallow))
        asker.sendall(_REQUEST)
        wait_until(lambda: sprung)
        assert [(e.port, e.target) for e in sprung] == [(asker.getsockname()[1], target.port)]
        if arrives:
            assert asker.recv(10) == b"yes"
        else:
            assert _is_cut_off(asker)
    assert (_REQUEST in target.arrived) is arrives


def test_whoever_connects_as_it_ends_is_turned_away_and_not_forgotten(target: _Target) -> None:
    """What is forgotten is a warning of an unclosed socket, and so a failure."""
    for _ in range(10):
        with Link([target.port], SystemClock(), 1.0) as link:
            callers = [socket.socket() for _ in range(60)]
            for caller in callers:
                caller.setblocking(False)
                caller.connect_ex(("127.0.0.1", link.port))
        for caller in callers:
            caller.close()
        gc.collect()
