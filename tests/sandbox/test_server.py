"""The server: kept connections, many at once, and a prompt stop."""

import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from flask import Flask

from botapp.sandbox.server import make_server

if TYPE_CHECKING:
    from tests.sandbox.conftest import Sandbox

_PROGRAM = """
import sys
from botapp.clock import SystemClock
from botapp.sandbox.app import Page, SandboxSettings, create_sandbox
from botapp.sandbox.server import serve
settings = SandboxSettings(
    webhook_url="http://127.0.0.1:9/", app_secret="secret", verify_token="v", journal_path=None,
    load_pages=lambda: {"1": Page("t", "n")},
)
serve(create_sandbox(settings, SystemClock()), "127.0.0.1", int(sys.argv[1]))
"""


def _connect(sandbox: "Sandbox") -> http.client.HTTPConnection:
    host, port = sandbox.url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=10)
    connection.connect()
    return connection


def test_one_connection_serves_many_requests(sandbox: "Sandbox") -> None:
    connection = _connect(sandbox)
    kept = connection.sock
    for path in ("/sandbox/health", "/sandbox/log", "/nowhere", "/", "/v25.0/me", "/sandbox/health"):
        connection.request("GET", path)
        with connection.getresponse() as answer:
            answer.read()
        assert connection.sock is kept
    connection.close()


def test_a_body_in_chunks_is_read(sandbox: "Sandbox") -> None:
    psid = sandbox.customer(writes=False)
    connection = _connect(sandbox)
    parts = iter([b'{"text":', b'"in two parts"}'])
    path = f"/sandbox/customers/{psid}/message"
    headers = {"Content-Type": "application/json"}
    connection.request("POST", path, body=parts, headers=headers, encode_chunked=True)
    with connection.getresponse() as answer:
        assert answer.status == 200
        answer.read()
    connection.close()
    assert sandbox.get(f"/thread/{psid}")["messages"][0]["text"] == "in two parts"


def test_a_request_that_is_never_finished_changes_nothing(sandbox: "Sandbox") -> None:
    psid = sandbox.customer(writes=False)
    connection = _connect(sandbox)
    body = json.dumps({"text": "unfinished"}).encode()
    connection.putrequest("POST", f"/sandbox/customers/{psid}/message")
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", str(len(body) + 1))  # complete JSON, but one byte is still to come
    connection.endheaders(body)
    connection.sock.shutdown(socket.SHUT_WR)
    assert connection.sock.recv(1) == b""
    connection.close()
    assert sandbox.get(f"/thread/{psid}")["messages"] == []


def test_a_body_beyond_the_limit_is_refused(sandbox: "Sandbox") -> None:
    connection = _connect(sandbox)
    connection.putrequest("POST", "/sandbox/customers")
    connection.putheader("Content-Length", str(1 << 30))
    connection.endheaders()
    with connection.getresponse() as answer:
        assert answer.status == 413
    connection.close()


def test_a_hundred_slow_sends_take_hardly_longer_than_one(sandbox: "Sandbox") -> None:
    psids = [sandbox.customer() for _ in range(4)]
    ready = threading.Barrier(100)

    def send(number: int) -> int:
        connection = _connect(sandbox)
        body = {"recipient": {"id": psids[number % 4]}, "messaging_type": "RESPONSE", "message": {"text": "x"}}
        headers = {
            "Authorization": "Bearer token-of-tea-house",
            "Content-Type": "application/json",
            "X-Sandbox-Fault": "latency=0.5",
        }
        ready.wait(10)
        connection.request("POST", "/v25.0/me/messages", json.dumps(body), headers)
        with connection.getresponse() as answer:
            answer.read()
        connection.close()
        return answer.status

    began = time.monotonic()
    with ThreadPoolExecutor(100) as pool:
        assert set(pool.map(send, range(100))) == {200}
    assert time.monotonic() - began < 100 * 0.5 / 4  # one at a time would be 50 s
    numbers = [entry["n"] for entry in sandbox.get("/log")["entries"]]
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_port_in_use_is_an_error_that_says_so(sandbox: "Sandbox") -> None:
    port = int(sandbox.url.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"):
        make_server(Flask("other"), "127.0.0.1", port)


def test_a_termination_signal_stops_it_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as spare:  # only to learn of a port that is free
        port = spare.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-c", _PROGRAM, str(port)])  # noqa: S603  # our own program
    try:
        connection = _wait_for(port)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
        assert time.monotonic() - began < 3
        connection.close()
    finally:
        process.kill()
        process.wait()


def _wait_for(port: int) -> http.client.HTTPConnection:
    """A kept connection to the server that is starting."""
    deadline = time.monotonic() + 20
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/sandbox/health")
            connection.getresponse().read()
        except OSError:
            connection.close()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            return connection
