"""Hosts that somebody typed in: the address that was looked at is called, and the certificate is for the name."""

import socket
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from botapp.channels.addresses import look_up_public, only_public
from botapp.channels.connections import LookUp
from botapp.channels.transport import Failure, Reply, Request, Transport
from botapp.channels.webhook_caller import WebhookCaller
from botapp.clock import SystemClock

if TYPE_CHECKING:
    import ssl

    from tests.channels.transport.conftest import Script, ScriptedServer

    Serve = Callable[..., ScriptedServer]


@pytest.fixture
def call(post: Request, ca_file: Path) -> Iterator[Callable[[str, LookUp], Reply | Failure]]:
    opened: list[Transport] = []

    def called(url: str, look_up: LookUp) -> Reply | Failure:
        opened.append(Transport(url, clock=SystemClock(), ca_file=ca_file, look_up=look_up))
        return opened[-1].call(post)

    yield called
    for transport in opened:
        transport.close()


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "[::1]", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "[::ffff:127.0.0.1]"]
)
def test_nobody_is_called_at_an_address_of_our_own_however_it_is_written(
    serve: "Serve", answer_all: "Script", call: Callable[[str, LookUp], Reply | Failure], host: str
) -> None:
    server = serve(answer_all)
    assert call(f"https://{host}:{server.port}", look_up_public) == Failure("address_not_public", None)
    server.settle()
    assert server.peers == []


@pytest.mark.parametrize(
    "addresses", [["10.0.0.1"], ["169.254.169.254"], ["93.184.215.14", "10.0.0.1"], ["2606:4700::1111", "::1"]]
)
def test_one_address_of_ours_among_a_names_addresses_is_enough_to_call_none(
    call: Callable[[str, LookUp], Reply | Failure], addresses: list[str]
) -> None:
    answer = call("https://hooks.example.com", lambda *_: only_public(addresses))
    assert answer == Failure("address_not_public", None)


def test_the_address_that_was_looked_at_is_called_and_the_name_is_not_looked_up_again(
    serve: "Serve", answer_all: "Script", tls: "ssl.SSLContext", call: Callable[[str, LookUp], Reply | Failure]
) -> None:
    server = serve(answer_all, tls)
    asked: list[tuple[str, int]] = []

    def look_up(host: str, port: int) -> Sequence[str]:
        asked.append((host, port))
        return ["127.0.0.1"]

    # No resolver knows this name, and the certificate is for another: it gets as far as TLS, and no further.
    assert call(f"https://hooks.invalid:{server.port}", look_up) == Failure("tls", None)
    assert asked == [("hooks.invalid", server.port)]
    assert server.whole_requests() == []
    assert isinstance(call(server.url, look_up), Reply)


def test_of_several_addresses_the_next_is_tried_where_nobody_listens(
    serve: "Serve", answer_all: "Script", tls: "ssl.SSLContext", call: Callable[[str, LookUp], Reply | Failure]
) -> None:
    server = serve(answer_all, tls)
    assert isinstance(call(server.url, lambda *_: ["127.0.0.2", "127.0.0.1"]), Reply)


def test_a_name_that_nobody_knows_is_a_fault_of_the_network(call: Callable[[str, LookUp], Reply | Failure]) -> None:
    def look_up(_host: str, _port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    assert call("https://hooks.invalid", look_up) == Failure("connect", None)


@pytest.mark.parametrize("is_sandbox", [True, False])
def test_receivers_on_this_host_are_for_the_sandbox(serve: "Serve", answer_all: "Script", *, is_sandbox: bool) -> None:
    server = serve(answer_all)
    with WebhookCaller(SystemClock(), allows_loopback=is_sandbox).line(f"{server.url}/hook?a=b") as line:
        heard = line.post({"webhook-id": "evt_1"}, b"{}")
    assert (heard.is_taken, heard.outcome) == ((True, "http_200") if is_sandbox else (False, "address_not_public"))
    server.settle()
    assert [bytes(peer.received).startswith(b"POST /hook?a=b ") for peer in server.peers] == [True] * is_sandbox
