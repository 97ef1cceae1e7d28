"""`botapp web` as people run it, and connections that do to it whatever they like."""

import contextlib
import itertools
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from botapp.channels.messenger.signature import sign
from tests.world import PAGE_ID, SECRET, VERIFY_TOKEN

PATH = "/webhooks/messenger"
_ANSWER_SECONDS = 20.0


class WebProcess:
    """One server process and its log."""

    def __init__(self, port: int, var_dir: Path, database_url: str, redis_url: str, **settings: str) -> None:
        self.port = port
        self.log_path = var_dir / "web.output"
        self._numbers = itertools.count(1)
        self._environment = {
            "BOTAPP_VAR_DIR": str(var_dir),
            "BOTAPP_HTTP_PORT": str(port),
            "BOTAPP_DATABASE_URL": database_url,
            "BOTAPP_REDIS_URL": redis_url,
            "BOTAPP_SANDBOX": "off",
            "BOTAPP_MESSENGER_APP_SECRET": SECRET,
            "BOTAPP_MESSENGER_VERIFY_TOKEN": VERIFY_TOKEN,
            **settings,
        }

    def __enter__(self) -> Self:
        with self.log_path.open("w") as log:
            command = [sys.executable, "-m", "botapp", "web"]
            self._process = subprocess.Popen(command, env=os.environ | self._environment, stdout=log, stderr=log)  # noqa: S603  our own
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def is_alive(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/live", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def resident_bytes(self) -> int:
        """The memory of the server and the processes it forked."""
        return sum(_resident_bytes(number) for number in self.process_ids())

    def process_ids(self) -> list[int]:
        parent = self._process.pid
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        return [parent, *map(int, children)]

    def log(self) -> str:
        return self.log_path.read_text()

    def connect(self, timeout_seconds: float = _ANSWER_SECONDS) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout_seconds)

    @contextlib.contextmanager
    def connections(self, number: int, first_bytes: bytes = b"") -> Iterator[list[socket.socket]]:
        """That many connections, each with these bytes written and nothing more."""
        with contextlib.ExitStack() as stack:
            opened = [stack.enter_context(self.connect()) for _ in range(number)]
            for connection in opened:
                with contextlib.suppress(OSError):  # the server may part with it at once
                    connection.sendall(first_bytes)
            yield opened

    def send(self, content: bytes) -> bytes:
        """Everything that is answered to these bytes until the server closes, our side being left open."""
        with self.connect() as connection:
            connection.sendall(content)
            return read_all(connection)

    def deliver_seconds(self) -> float:
        """A customer writes: how long the platform waits for its 200."""
        before = time.monotonic()
        assert status_of(self.send(delivery(f"m_{next(self._numbers)}"))) == 200
        return time.monotonic() - before


def head(content: bytes = b"", *, method: str = "POST", path: str = PATH, **more: str) -> bytes:
    """The head of an authentic request with this body. Further fields have `_` for `-`; an empty one is left out."""
    fields = {"Host": "localhost", "Content-Length": str(len(content))}
    fields |= {"X-Hub-Signature-256": sign(content, SECRET), "Connection": "close"}
    fields |= {name.replace("_", "-"): value for name, value in more.items()}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items() if value), "", ""]
    return "\r\n".join(lines).encode()


def message_body(mid: str, psid: str = "2000", text: str = "hello", padding: str = "") -> bytes:
    """A webhook body with one message."""
    item = {"sender": {"id": psid}, "recipient": {"id": PAGE_ID}, "timestamp": 1_790_000_000_000}
    entry = {"id": PAGE_ID, "time": 1, "messaging": [item | {"message": {"mid": mid, "text": text}}]}
    return json.dumps({"object": "page", "entry": [entry], "padding": padding}).encode()


def delivery(mid: str) -> bytes:
    """A whole authentic request with one message."""
    body = message_body(mid)
    return head(body) + body


def read_all(connection: socket.socket) -> bytes:
    """What comes until the other side closes."""
    found = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(1 << 16):
            found += piece
    return found


def status_of(answer: bytes) -> int:
    return int(answer.split(None, 2)[1])


def _resident_bytes(process_id: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process_id}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) << 10
    return 0
