"""A server on a raw socket that plays a script to each connection and remembers every byte it was sent."""

import ipaddress
import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from botapp.channels.transport import Request, Timeouts, Transport
from botapp.clock import SystemClock

PATIENCE_SECONDS = 10.0
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)


class Peer:
    """The server's end of one connection."""

    def __init__(self, connection: socket.socket, server: "ScriptedServer") -> None:
        self.server = server
        self.received = bytearray()
        self.ending = "open"
        self._connection = connection
        self._read_to = 0

    def read_headers(self) -> bool:
        """Wait for the next request's headers; False if the client leaves before."""
        while (end := self.received.find(b"\r\n\r\n", self._read_to)) < 0:
            if not self._receive():
                return False
        self._headers = bytes(self.received[self._read_to : end + 4])
        self._read_to = end + 4
        self.server.headers_arrived.set()
        return True

    def read_request(self) -> bool:
        """Wait for the next whole request; False if the client leaves before."""
        if not self.read_headers():
            return False
        found = _LENGTH.search(self._headers)
        self._read_to += int(found[1]) if found else 0
        while len(self.received) < self._read_to:
            if not self._receive():
                return False
        return True

    def send(self, data: bytes) -> None:
        self._connection.sendall(data)

    def trickle(self, data: bytes) -> None:
        """One byte after another, until the client leaves or the test ends."""
        with suppress(OSError):
            for byte in data:
                self._connection.sendall(bytes([byte]))
                if self.server.ended.wait(0.02):
                    return

    def hold(self) -> None:
        """Say nothing until the client leaves."""
        while self._receive():
            pass

    def reset(self) -> None:
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self) -> None:
        self._connection.close()

    def _receive(self) -> bool:
        try:
            data = self._connection.recv(65536)
        except OSError:
            data, self.ending = b"", "reset"
        if not data and self.ending == "open":
            self.ending = "closed"
        self.received += data
        return bool(data)


Script = Callable[[Peer], None]


class ScriptedServer:
    def __init__(self, script: Script, tls: ssl.SSLContext | None = None) -> None:
        self.headers_arrived = threading.Event()
        self.ended = threading.Event()
        self.peers: list[Peer] = []
        self._script = script
        self._tls = tls
        self._threads: list[threading.Thread] = []
        self._last_port = 0
        self._caught_up = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self._acceptor = threading.Thread(target=self._accept)
        self._acceptor.start()

    def settle(self) -> None:
        """Wait until every client that ever connected has left."""
        with socket.socket() as last:  # connections are accepted in turn, so none is waiting behind this one
            last.bind(("127.0.0.1", 0))
            self._last_port = last.getsockname()[1]
            last.connect(("127.0.0.1", self.port))
            assert self._caught_up.wait(PATIENCE_SECONDS)
        for thread in list(self._threads):
            thread.join(PATIENCE_SECONDS)
            assert not thread.is_alive(), "a connection was left open"

    def whole_requests(self) -> list[bytes]:
        """The bodies of all requests that arrived complete, on any connection."""
        return [body for peer in self.peers for body in _whole_bodies(bytes(peer.received))]

    def stop(self) -> None:
        self.ended.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._acceptor.join(PATIENCE_SECONDS)

    def _accept(self) -> None:
        while True:
            try:
                connection, (_, port) = self._listener.accept()
            except OSError:
                return
            if port == self._last_port:
                connection.close()
                self._caught_up.set()
                continue
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
            with connection:
                peer = Peer(connection, self)
                self.peers.append(peer)
                with suppress(OSError):
                    self._script(peer)
                peer.hold()  # whatever else comes is remembered too


def _whole_bodies(received: bytes) -> list[bytes]:
    bodies = []
    while (end := received.find(b"\r\n\r\n")) >= 0:
        found = _LENGTH.search(received[: end + 4])
        length = int(found[1]) if found else 0
        body, received = received[end + 4 :][:length], received[end + 4 + length :]
        if len(body) == length:
            bodies.append(body)
    return bodies


@pytest.fixture
def serve() -> Iterator[Callable[..., ScriptedServer]]:
    """Starts a server that plays the given script to each connection."""
    servers: list[ScriptedServer] = []

    def start(script: Script, tls: ssl.SSLContext | None = None) -> ScriptedServer:
        servers.append(ScriptedServer(script, tls))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def connect() -> Iterator[Callable[..., Transport]]:
    """Makes a transport; its bounds are short where a test waits for them."""
    transports: list[Transport] = []

    def make(url: str, *, ca_file: Path | None = None, **seconds: float) -> Transport:
        timeouts = Timeouts(**seconds)
        transports.append(Transport(url, clock=SystemClock(), timeouts=timeouts, ca_file=ca_file))
        return transports[-1]

    yield make
    for transport in transports:
        transport.close()


@pytest.fixture
def post() -> Request:
    return Request("POST", "/v25.0/1000/messages", {"Authorization": "Bearer alice"}, b'{"text":"hello"}')


@pytest.fixture
def get() -> Request:
    return Request("GET", "/v25.0/me", {"Authorization": "Bearer alice"})


@pytest.fixture
def answer_all() -> Script:
    """The script of a server that answers every request."""

    def script(peer: Peer) -> None:
        while peer.read_request():
            peer.send(OK)

    return script


@pytest.fixture(scope="session")
def ca_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that vouches for itself, with its key beside it."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(today).not_valid_after(today + timedelta(days=9000))
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = builder.add_extension(address, critical=False).sign(key, hashes.SHA256())
    (folder / "ca.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "ca.pem"


@pytest.fixture(scope="session")
def tls(ca_file: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(ca_file, ca_file.with_name("key.pem"))
    return context
