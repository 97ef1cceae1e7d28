"""A threaded HTTP/1.1 server that keeps connections open: one process, started and stopped at once.

Werkzeug's own closes each connection after one answer; the bot's warm connections are part of what is emulated.
"""

import io
import signal
import socket
import sys
import threading
from collections.abc import Iterable
from types import FrameType

from flask import Flask
from werkzeug.serving import DechunkedInput, ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.test import run_wsgi_app

_BACKLOG = 1024
_POLL_SECONDS = 0.1  # how soon a stop is noticed
_IDLE_SECONDS = 300.0
_LARGEST_BODY_BYTES = 4 << 20
_WITHOUT_BODY = frozenset({204, 304})


class _Handler(WSGIRequestHandler):
    """One connection, request after request. Each answer leaves in one write."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    timeout = _IDLE_SECONDS

    def run_wsgi(self) -> None:
        """Reads the whole body, calls the application, answers. Replaces Werkzeug's, which always closes."""
        if self.headers.get("Expect", "").strip().lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.wfile.flush()
        environ = self.make_environ()
        body = self._read_body("wsgi.input_terminated" in environ)
        if body is None:
            self.close_connection = True
            self.send_error(413)
            return
        environ["wsgi.input"] = io.BytesIO(body)
        parts, status, headers = run_wsgi_app(self.server.app, environ)
        try:
            code, _, reason = status.partition(" ")
            self.send_response_only(int(code), reason)
            for name, value in headers:
                self.send_header(name, value)
            self._send(parts, int(code), chunked="Content-Length" not in headers)
        finally:
            close = getattr(parts, "close", None)
            if close is not None:
                close()

    def _read_body(self, is_chunked: bool) -> bytes | None:
        """The body in full; None if it is too large."""
        if is_chunked:
            chunks = DechunkedInput(self.rfile)  # type: ignore[arg-type]  # a reader of bytes is all it needs
            body = chunks.read(_LARGEST_BODY_BYTES + 1)
            return body if len(body) <= _LARGEST_BODY_BYTES else None
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 <= length <= _LARGEST_BODY_BYTES:
            return None
        body = self.rfile.read(length)
        if len(body) < length:
            raise ConnectionError("the client left before it had sent its request")
        return body

    def _send(self, parts: Iterable[bytes], code: int, *, chunked: bool) -> None:
        chunked = chunked and code not in _WITHOUT_BODY
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for part in parts:
            if part:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part) if chunked else part)
        if chunked:
            self.wfile.write(b"0\r\n\r\n")

    def log(self, *_values: object) -> None:
        """Nothing: the sandbox keeps its own log."""


class _Server(ThreadedWSGIServer):
    def handle_error(self, request: object, client_address: tuple[str, int] | str) -> None:
        """Connections that end early are everyday here: clients give up, faults cut them off."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def make_server(app: Flask, host: str, port: int) -> ThreadedWSGIServer:
    """A server that is listening already; `serve_forever` runs it, `shutdown` from another thread ends it.

    Raises OSError when the port is not to be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family, backlog=_BACKLOG) as listener:
        return _Server(host, port, app, handler=_Handler, fd=listener.fileno())  # it keeps a copy


def serve(app: Flask, host: str, port: int) -> None:
    """Serves until SIGTERM or SIGINT. Call it in the main thread."""
    server = make_server(app, host, port)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        threading.Thread(target=server.shutdown, daemon=True).start()  # it waits for the loop, which runs here

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    server.serve_forever(poll_interval=_POLL_SECONDS)


def drop_connection(environ: dict[str, object]) -> None:
    """Ends the connection of this request without an answer, under this server or gunicorn."""
    for name in ("werkzeug.socket", "gunicorn.socket"):
        connection = environ.get(name)
        if isinstance(connection, socket.socket):
            connection.shutdown(socket.SHUT_RDWR)
