"""What requests and urllib3 are told, so that a connection is watched, never replays and never lingers."""

import socket
import struct
from collections.abc import Callable, Sequence
from contextvars import ContextVar

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from botapp.channels.watchdog import Watch

# urllib3 opens connections deep inside a call and passes nothing of ours down there.
current_watch: ContextVar[Watch | None] = ContextVar("current_watch", default=None)
# The addresses of a host and port, in the order in which to try them; see `addresses.py` for one that refuses some.
LookUp = Callable[[str, int], Sequence[str]]
current_look_up: ContextVar[LookUp | None] = ContextVar("current_look_up", default=None)
_MOST_ADDRESSES = 3

SocketOption = tuple[int, int, int | bytes]


def socket_options(unacknowledged_seconds: float) -> list[SocketOption]:
    """Options of a sending socket: no delay, nothing delivered after we gave up.

    Without the last two the kernel goes on delivering what a timed-out or dead process had written.
    """
    options: list[SocketOption] = [
        (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
        (socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)),
    ]
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux
        options.append((socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(unacknowledged_seconds * 1000)))
    return options


class WatchedAdapter(HTTPAdapter):
    """One warm connection: no retries, no proxies, each call under its watch."""

    def __init__(self, *, unacknowledged_seconds: float) -> None:
        self._socket_options = socket_options(unacknowledged_seconds)
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **pool_kwargs: object) -> None:
        """Called by requests."""
        pool_kwargs["socket_options"] = self._socket_options
        super().init_poolmanager(connections, maxsize, block, **pool_kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}


class _Connection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        # Between here and a TLS connection that is ready lies the handshake, which can be trickled too.
        look_up = current_look_up.get()
        connection = super()._new_conn() if look_up is None else self._to_one_of(look_up)
        _attach(connection)
        return connection

    def _to_one_of(self, look_up: LookUp) -> socket.socket:
        """To the very addresses that were looked up: asked again, the name could have others."""
        name = self.host
        try:
            addresses = look_up(name, self.port or self.default_port)[:_MOST_ADDRESSES]
        except (socket.gaierror, UnicodeError) as error:
            fault = error if isinstance(error, socket.gaierror) else socket.gaierror(str(error))
            raise NameResolutionError(name, self, fault) from None
        try:
            for address in addresses[:-1]:
                self.host = address
                try:
                    return super()._new_conn()
                except (NewConnectionError, ConnectTimeoutError):
                    continue
            self.host = addresses[-1]
            return super()._new_conn()
        finally:
            self.host = name  # which is what a certificate has to be for

    def putrequest(self, method: str, url: str, skip_host: bool = False, skip_accept_encoding: bool = False) -> None:
        """The first thing of each request, on a warm connection too."""
        if self.sock is not None:
            _attach(self.sock)
        super().putrequest(method, url, skip_host, skip_accept_encoding)


class _TLSConnection(_Connection, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


def _attach(connection: socket.socket) -> None:
    watch = current_watch.get()
    if watch is not None:
        watch.attach(connection)
