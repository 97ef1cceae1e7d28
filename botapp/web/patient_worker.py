"""Gunicorn's threaded worker, with patience: a request gets a thread only when it has arrived whole.

Gunicorn gives every new connection a thread for five seconds, and every half-sent request one for good: eight slow
clients would silence a page. Here the worker's main loop collects requests, and threads never wait for the network.
"""

import contextlib
import itertools
import logging
import selectors
import socket
import time
from concurrent.futures import Future
from functools import partial
from typing import Any

from gunicorn import util  # type: ignore[import-untyped]  # has no types
from gunicorn.http import errors  # type: ignore[import-untyped]  # has no types
from gunicorn.workers.gthread import TConn, ThreadWorker  # type: ignore[import-untyped]  # has no types

from botapp.runtime.cores import keep_to_one_core
from botapp.web.arrival import Arrival, Verdict
from botapp.web.webhooks import LARGEST_BODY_BYTES

_PATIENCE_SECONDS = 10.0  # for a whole request; the platform gives up after five
_WRITE_SECONDS = 2.0  # for an answer that nobody takes; ours fit into a socket's buffer
_LINGER_SECONDS = 2.0  # for a refused client to stop sending and read why
_MOST_HELD_BYTES = 64 << 20  # of requests that are arriving
_READ_BYTES = 256 << 10
_TOO_SLOW = "408 Request Timeout"
_log = logging.getLogger(__name__)


class _Line:
    """A socket of which threads read only what has arrived."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self.arrival = Arrival(LARGEST_BODY_BYTES)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  everything else is the socket's own
        return getattr(self._socket, name)

    def recv(self, most_bytes: int) -> bytes:
        """For gunicorn's parser."""
        return self.arrival.take(most_bytes)

    def setblocking(self, flag: bool) -> None:
        """Blocking is never for good: who takes no answer gets none."""
        self._socket.settimeout(_WRITE_SECONDS if flag else 0.0)

    def receive(self) -> bytes | None:
        """What the network has now; None when it has nothing, no bytes when the other side is gone."""
        try:
            return self._socket.recv(_READ_BYTES)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def refuse(self, status: str) -> None:
        """Answer in a few bytes, if they can be sent at once, and forget what has arrived."""
        self.arrival = Arrival(0)
        with contextlib.suppress(OSError):
            self._socket.send(f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".encode())
            self._socket.shutdown(socket.SHUT_WR)


class PatientWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """See above. Everything but `handle_error` runs in the main loop."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  gunicorn's
        super().__init__(*args, **kwargs)
        # Both in the order in which their time is up, and registered with the poller.
        self._arriving: dict[TConn, float] = {}
        self._leaving: dict[TConn, float] = {}

    def init_process(self) -> None:
        """In the new process, before there are threads."""
        keep_to_one_core()
        super().init_process()

    def accept(self, listener: socket.socket) -> None:
        """A new connection. When there is no room for it, whoever has been waited for longest has to go."""
        try:
            connected, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):  # another worker was quicker, or it is gone again
            return
        self.nr_conns += 1
        if self.nr_conns >= self.worker_connections:
            self._make_room()
        conn = TConn(self.cfg, _Line(connected), address, listener.getsockname())
        conn.data_ready = True  # it will have arrived when a thread gets it
        self._collect(conn)

    def on_client_socket_readable(self, conn: TConn, client: object) -> None:
        """A connection that was kept alive sends its next request."""
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._collect(conn)

    def finish_request(self, conn: TConn, fs: "Future[object]") -> None:
        """Answered: the connection is kept or closed, and a request that came with the last one is next."""
        super().finish_request(conn, fs)
        if self.keepalived_conns and self.keepalived_conns[-1] is conn:
            conn.sock.arrival.go_on()
            if len(conn.sock.arrival):
                self.on_client_socket_readable(conn, conn.sock)

    def murder_pending(self) -> None:
        """Part with those whose time is up, and on stopping with those who have said nothing. Called every second."""
        super().murder_pending()
        for conn in _overdue(self._leaving):
            self._close(conn)
        for conn in _overdue(self._arriving):
            self._refuse(conn, _TOO_SLOW)
        for conn in [] if self.alive else [conn for conn in self._arriving if not len(conn.sock.arrival)]:
            self._close(conn)

    def handle_error(self, _request: object, client: _Line, _address: object, fault: BaseException) -> None:
        """A status and nothing else: gunicorn would quote what was sent, to the sender and in the log."""
        status = 500
        if type(fault).__module__ == errors.__name__:
            status = _STATUS_OF_ERRORS.get(type(fault).__name__, 400)
        _log.warning("a request was answered %d: %s", status, type(fault).__name__)
        with contextlib.suppress(OSError):
            util.write_error(client, status, "Bad Request" if status < 500 else "Internal Server Error", "")  # noqa: PLR2004  HTTP's

    def _collect(self, conn: TConn) -> None:
        """Begin to wait for a request, of which something may be there."""
        self._arriving[conn] = time.monotonic() + _PATIENCE_SECONDS
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._take_in, conn))
        if not self._act(conn):
            self._take_in(conn, conn.sock)

    def _take_in(self, conn: TConn, line: _Line) -> None:
        data = line.receive()
        if data:
            line.arrival.add(data)
            self._act(conn)
        elif data is not None:
            self._close(conn)

    def _act(self, conn: TConn) -> bool:
        """Serve or refuse what has arrived; False when there is more to wait for."""
        line: _Line = conn.sock
        verdict = line.arrival.judge()
        if verdict is Verdict.WHOLE:
            self.poller.unregister(line)
            del self._arriving[conn]
            self.enqueue_req(conn)
        elif verdict is not Verdict.INCOMPLETE:
            self._refuse(conn, verdict.value)
        elif line.arrival.wants_leave:
            line.arrival.wants_leave = False
            with contextlib.suppress(OSError):
                line.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        elif sum(len(other.sock.arrival) for other in self._arriving) > _MOST_HELD_BYTES:
            self._close(next(iter(self._arriving)))
        return verdict is not Verdict.INCOMPLETE

    def _make_room(self) -> None:
        for waiting in (self._leaving, self._arriving):
            for conn in waiting:
                self._close(conn)
                return
        if self.keepalived_conns:
            conn = self.keepalived_conns.popleft()
            self.poller.unregister(conn.sock)
            self.nr_conns -= 1
            conn.close()

    def _refuse(self, conn: TConn, status: str) -> None:
        """Say why and listen no more; closing at once would take the answer from a client that is still sending."""
        del self._arriving[conn]
        conn.sock.refuse(status)
        self._leaving[conn] = time.monotonic() + _LINGER_SECONDS
        self.poller.modify(conn.sock, selectors.EVENT_READ, partial(self._wave, conn))

    def _wave(self, conn: TConn, line: _Line) -> None:
        if line.receive() == b"":
            self._close(conn)

    def _close(self, conn: TConn) -> None:
        self._arriving.pop(conn, None)
        self._leaving.pop(conn, None)
        self.poller.unregister(conn.sock)
        self.nr_conns -= 1
        conn.close()


def _overdue(waiting: dict[TConn, float]) -> list[TConn]:
    """All wait equally long, so the first in the dictionary is the first whose time is up."""
    now = time.monotonic()
    return list(itertools.takewhile(lambda conn: waiting[conn] <= now, waiting))


_STATUS_OF_ERRORS = {
    "LimitRequestLine": 414,
    "LimitRequestHeaders": 431,
    "ExpectationFailed": 417,
    "UnsupportedTransferCoding": 501,
}
