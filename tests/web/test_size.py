"""Bodies over three mebibytes, through the real server, with their length told and without."""

import json
import socket

from botapp.channels.messenger.signature import sign
from tests.web.conftest import PATH, WebProcess
from tests.world import SECRET

LIMIT = 3 << 20


def _body(size: int) -> bytes:
    """An authentic body of exactly this many bytes."""
    empty = json.dumps({"object": "page", "entry": [], "padding": ""}).encode()
    return empty[:-2] + b"x" * (size - len(empty)) + empty[-2:]


def _post(port: int, content: bytes, *, chunked: bool, told_bytes: int | None = None) -> int:
    """The status; the answer is read whether or not the server took the whole body."""
    length = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {told_bytes or len(content)}"
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\n{length}\r\nX-Hub-Signature-256: {sign(content, SECRET)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(head.encode())
        if chunked:
            for start in range(0, len(content), 1 << 16):
                piece = content[start : start + (1 << 16)]
                connection.sendall(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            connection.sendall(b"0\r\n\r\n")
        elif told_bytes is None:
            connection.sendall(content)
        return int(connection.recv(200).split()[1])


def test_a_body_may_have_three_mebibytes_and_not_a_byte_more(web_process: WebProcess) -> None:
    port = web_process.port
    fits, over = _body(LIMIT), _body(LIMIT + 1)
    statuses = {
        "fits": _post(port, fits, chunked=False),
        "fits, chunked": _post(port, fits, chunked=True),
        "over": _post(port, over, chunked=False),
        "over, chunked": _post(port, over, chunked=True),
        "a gigabyte is told": _post(port, b"", chunked=False, told_bytes=1 << 30),
        "and afterwards": _post(port, _body(100), chunked=False),
    }
    assert statuses == {
        "fits": 200,
        "fits, chunked": 200,
        "over": 413,
        "over, chunked": 413,
        "a gigabyte is told": 413,
        "and afterwards": 200,
    }
