"""A sandbox on a free port, a bot that records its webhooks, and a clock that can be moved."""

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from botapp.clock import SystemClock
from botapp.sandbox.app import Page, SandboxSettings, create_sandbox
from botapp.sandbox.server import make_server

SECRET = "a secret of the test app"
VERIFY_TOKEN = "the verify token"
PAGE = "1001"
TOKEN = "token-of-tea-house"
WAIT_SECONDS = 10.0


class MovableClock:
    """The host's clock, moved by hand."""

    def __init__(self) -> None:
        self._system = SystemClock()
        self._moved_seconds = 0.0

    def now(self) -> datetime:
        return self._system.now() + timedelta(seconds=self._moved_seconds)

    def elapsed(self) -> float:
        return self._system.elapsed() + self._moved_seconds

    def move(self, seconds: float) -> None:
        self._moved_seconds += seconds


@dataclass
class Bot:
    """The other end of the webhooks: checks each signature, keeps each item, answers as told."""

    items: list[dict[str, Any]] = field(default_factory=list)
    standby: list[dict[str, Any]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)  # the next answers; 200 when empty
    changed: threading.Condition = field(default_factory=threading.Condition)
    url: str = ""
    verify_token: str = VERIFY_TOKEN

    def take(self, body: bytes, signature: str) -> int:
        expected = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        with self.changed:
            status = self.statuses.pop(0) if self.statuses else 200
            if not hmac.compare_digest(expected, signature):
                status = 403
            self.bodies.append(body)
            if status == 200:
                for entry in json.loads(body)["entry"]:
                    self.items += entry.get("messaging", [])
                    self.standby += entry.get("standby", [])
            self.changed.notify_all()
            return status

    def wait_for(self, kind: str, count: int = 1, *, standby: bool = False) -> list[dict[str, Any]]:
        """The items that have this kind of content, once there are so many."""
        with self.changed:
            kept = self.standby if standby else self.items
            found = self.changed.wait_for(
                lambda: len(matching := [item for item in kept if _is(item, kind)]) >= count and matching,
                WAIT_SECONDS,
            )
        assert found, f"no {count} x {kind}; bodies: {self.bodies}"
        return list(found)

    def wait_for_bodies(self, count: int) -> list[bytes]:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.bodies) >= count, WAIT_SECONDS), self.bodies
            return list(self.bodies)


def _is(item: Mapping[str, Any], kind: str) -> bool:
    if kind == "echo":
        return "message" in item and item["message"].get("is_echo") is True
    if kind == "message":
        return "message" in item and "is_echo" not in item["message"]
    return kind in item


@dataclass
class Sandbox:
    """A running sandbox, and short ways to do what tests do all the time."""

    url: str
    clock: MovableClock
    session: requests.Session
    stop: Callable[[], None]

    def graph(self, method: str, path: str, body: object = None, **headers: str) -> requests.Response:
        authorised = {"Authorization": f"Bearer {TOKEN}", **headers}
        return self.session.request(method, f"{self.url}/v25.0{path}", json=body, headers=authorised, timeout=10)

    def send(self, psid: str, text: str = "hello", *, fault: str = "", **more: object) -> requests.Response:
        body: dict[str, object] = {
            "recipient": {"id": psid},
            "messaging_type": "RESPONSE",
            "message": {"text": text, "metadata": "our token"},
        }
        headers = {"X-Sandbox-Fault": fault} if fault else {}
        return self.graph("POST", "/me/messages", {**body, **more}, **headers)

    def post(self, path: str, body: object = None, **headers: str) -> requests.Response:
        return self.session.post(f"{self.url}/sandbox{path}", json=body, headers=headers, timeout=10)

    def get(self, path: str) -> Any:  # whatever JSON it answers
        response = self.session.get(f"{self.url}/sandbox{path}", timeout=10)
        assert response.status_code == 200, response.text
        return response.json()

    def customer(self, *, writes: bool = True, **fields: object) -> str:
        """A new customer; by default one who has just written."""
        psid = str(self.post("/customers", {"page_id": PAGE, "name": "Alice Smith", **fields}).json()["psid"])
        if writes:
            assert self.act(psid, "message", text="hi").status_code == 200
        return psid

    def act(self, psid: str, action: str, /, **fields: object) -> requests.Response:
        return self.post(f"/customers/{psid}/{action}", fields)

    def log(self, what: str, after: int = 0) -> list[dict[str, Any]]:
        entries = self.get(f"/log?after={after}")["entries"]
        return [entry for entry in entries if entry["what"] == what]


class StartSandbox(Protocol):
    """How a test starts another sandbox."""

    def __call__(
        self,
        journal: Path | None = None,
        pages: Mapping[str, Page] | None = None,
        **settings: float,
    ) -> Sandbox: ...


@pytest.fixture
def bot() -> Iterator[Bot]:
    receiver = Bot()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(receiver.take(body, self.headers["X-Hub-Signature-256"]))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            asked = dict(parse_qsl(urlsplit(self.path).query))
            matches = asked.get("hub.verify_token") == receiver.verify_token
            body = asked["hub.challenge"].encode() if matches else b""
            self.send_response(200 if matches else 403)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_values: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_port}/webhooks/messenger"
    yield receiver
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def start_sandbox(bot: Bot) -> Iterator[StartSandbox]:
    started: list[Sandbox] = []

    def start(journal: Path | None = None, pages: Mapping[str, Page] | None = None, **settings: float) -> Sandbox:
        known = {PAGE: Page(TOKEN, "Tea House")} if pages is None else pages
        clock = MovableClock()
        app = create_sandbox(
            SandboxSettings(
                webhook_url=bot.url,
                app_secret=SECRET,
                verify_token=VERIFY_TOKEN,
                journal_path=journal,
                load_pages=lambda: known,
                **settings,
            ),
            clock,
        )
        server = make_server(app, "127.0.0.1", 0)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        session = requests.Session()
        session.trust_env = False

        def stop() -> None:
            session.close()
            server.shutdown()
            server.server_close()
            thread.join()
            app.extensions["sandbox"].close()

        running = Sandbox(f"http://127.0.0.1:{server.port}", clock, session, stop)
        started.append(running)
        return running

    yield start
    for sandbox in started:
        sandbox.stop()


@pytest.fixture
def sandbox(start_sandbox: StartSandbox) -> Sandbox:
    return start_sandbox()
