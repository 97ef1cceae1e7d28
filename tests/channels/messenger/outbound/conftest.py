"""A Graph API of a few lines over real HTTP: it answers what the test says and remembers what it was asked."""

import json
import threading
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from botapp.channels.messenger.sender import MessengerSender
from botapp.channels.platform_rules import PlatformRules, load_platform_rules
from botapp.channels.port import OutboundMessage, QuickReply
from botapp.channels.transport import Transport
from botapp.clock import SystemClock

PLATFORMS = Path(__file__).resolve().parents[4] / "config" / "platforms.toml"


@dataclass
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    content: object


@dataclass
class Graph:
    """What the server was asked, and what it answers next."""

    url: str
    asked: list[Asked] = field(default_factory=list)
    status: int = 200
    body: bytes = b'{"recipient_id": "2000", "message_id": "m_1"}'
    headers: dict[str, str] = field(default_factory=dict)

    def answer(self, status: int, content: object, **headers: str) -> None:
        self.status = status
        self.body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def _handler(graph: Callable[[], Graph]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _handle(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            body = self.rfile.read(length)
            address = urlsplit(self.path)
            query = dict(parse_qsl(address.query))
            content = json.loads(body) if body else None
            graph().asked.append(Asked(self.command, address.path, query, dict(self.headers), content))
            self.send_response(graph().status)
            for name, value in graph().headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(graph().body)))
            self.end_headers()
            self.wfile.write(graph().body)

        do_GET = do_POST = _handle  # noqa: N815  the base class looks for these names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class names it so
            pass

    return Handler


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that gives up a request half-way resets the connection, as it should."""


@pytest.fixture
def graph() -> Iterator[Graph]:
    state: list[Graph] = []
    with _QuietServer(("127.0.0.1", 0), _handler(lambda: state[0])) as server:
        state.append(Graph(f"http://127.0.0.1:{server.server_port}"))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield state[0]
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def rules() -> PlatformRules:
    """The rules that are shipped."""
    return load_platform_rules(tomllib.loads(PLATFORMS.read_text())["messenger"])


@pytest.fixture
def platforms_table() -> dict[str, object]:
    """The shipped table of Messenger, fresh, to be spoiled."""
    table: dict[str, object] = tomllib.loads(PLATFORMS.read_text())["messenger"]
    return table


@pytest.fixture
def make_sender(rules: PlatformRules) -> Iterator[Callable[..., MessengerSender]]:
    transports: list[Transport] = []

    def make(url: str, app_secret: str | None = None) -> MessengerSender:
        transports.append(Transport(url, clock=SystemClock()))
        return MessengerSender(transport=transports[-1], version="v25.0", errors=rules.errors, app_secret=app_secret)

    yield make
    for transport in transports:
        transport.close()


@pytest.fixture
def sender(graph: Graph, make_sender: Callable[..., MessengerSender]) -> MessengerSender:
    return make_sender(graph.url)


@pytest.fixture
def message() -> OutboundMessage:
    """The re-engagement of Alice, contact 2000."""
    return OutboundMessage(
        platform_contact_id="2000",
        text="Still thinking about the blue one? 😀",
        metadata="botapp:41",
        is_response=False,
        quick_replies=[QuickReply("Yes", "YES"), QuickReply("Stop messages", "STOP")],
    )
