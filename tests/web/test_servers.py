"""Both servers that may stand in front of the web: how they stop, and what they do with clients that dawdle."""

import json
import socket
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import requests

from botapp.channels.messenger.signature import sign
from tests.web.conftest import PATH, WebProcess
from tests.world import PAGE_ID, SECRET

_PATIENCE_SECONDS = 20


def _body(mid: str) -> bytes:
    message = {"mid": mid, "text": "hello"}
    item = {"sender": {"id": "2000"}, "recipient": {"id": PAGE_ID}, "timestamp": 1_700_000_000_000, "message": message}
    return json.dumps({"object": "page", "entry": [{"id": PAGE_ID, "time": 1, "messaging": [item]}]}).encode()


def _deliver(port: int, mid: str) -> int:
    content = _body(mid)
    headers = {"X-Hub-Signature-256": sign(content, SECRET), "Content-Type": "application/json"}
    url = f"http://127.0.0.1:{port}{PATH}"
    return requests.post(url, data=content, headers=headers, timeout=_PATIENCE_SECONDS).status_code


@contextmanager
def _somebody_writes(web: WebProcess) -> Iterator[None]:
    """Nobody else can commit meanwhile."""
    with sqlite3.connect(web.database_file, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def test_a_delivery_in_hand_is_finished_when_the_server_is_asked_to_stop(web_process: WebProcess) -> None:
    with ThreadPoolExecutor(1) as pool:
        with _somebody_writes(web_process):
            delivered = pool.submit(_deliver, web_process.port, "m_last")
            time.sleep(1)
            web_process.process.terminate()
            time.sleep(0.5)
            assert not delivered.done()
        assert delivered.result(_PATIENCE_SECONDS) == 200
    assert web_process.process.wait(_PATIENCE_SECONDS) == 0
    with sqlite3.connect(web_process.database_file) as database:
        assert database.execute("SELECT count(*) FROM inbound_event").fetchone() == (1,)


def test_a_stop_waits_for_no_client_that_dawdles(web_process: WebProcess) -> None:
    with _dawdler(web_process.port):
        time.sleep(0.5)
        web_process.process.terminate()
        assert web_process.process.wait(_PATIENCE_SECONDS) is not None


@pytest.mark.parametrize(
    "web_process", ["gunicorn"], indirect=True
)  # granian needs a proxy for it: docs/performance.md
def test_more_dawdling_clients_than_threads_keep_nobody_else_from_being_served(web_process: WebProcess) -> None:
    dawdlers = [_dawdler(web_process.port) for _ in range(24)]
    try:
        assert [_deliver(web_process.port, f"m_{number}") for number in range(5)] == [200] * 5
    finally:
        for dawdler in dawdlers:
            dawdler.close()


def _dawdler(port: int) -> socket.socket:
    """A client that has sent the beginning of a request, and goes no further."""
    connection = socket.create_connection(("127.0.0.1", port))
    connection.sendall(f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{{".encode())
    return connection
