"""Ports that are taken, and what the person at the terminal is told."""

import os
import re
import socket
from pathlib import Path

import pytest

from botapp.runtime.listening import PortTakenError, check_port


def test_a_free_port_passes_and_stays_free(free_port: int) -> None:
    check_port("127.0.0.1", free_port)
    check_port("127.0.0.1", free_port)


@pytest.mark.parametrize("bound_to", ["127.0.0.1", ""])  # "": every address
def test_a_taken_port_is_named_with_its_holder_and_the_setting(bound_to: str) -> None:
    with socket.create_server((bound_to, 0)) as holder:
        port = holder.getsockname()[1]
        with pytest.raises(PortTakenError) as caught:
            check_port("127.0.0.1", port)
    assert f"Port {port} on 127.0.0.1" in str(caught.value)
    assert "BOTAPP_HTTP_PORT" in str(caught.value)
    assert "--port" in str(caught.value)
    if Path("/proc/net/tcp").exists():
        assert re.search(rf"taken by \S.* \(process {os.getpid()}\)", str(caught.value))


def test_a_port_left_by_a_connection_that_just_ended_counts_as_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            accepted, _ = server.accept()
            accepted.close()  # the side that closes first keeps the port in TIME_WAIT
    check_port("127.0.0.1", port)


def test_an_address_of_another_machine_is_refused_as_such(free_port: int) -> None:
    with pytest.raises(PortTakenError, match=r"192\.0\.2\.1"):
        check_port("192.0.2.1", free_port)
