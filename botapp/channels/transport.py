"""The only HTTP client: one request at a time on a warm connection, and certainty about what is known afterwards.

The body of a request leaves last, after a check by the caller. A failure before that is certain not to have
delivered anything; a failure after it may have.
"""

import ipaddress
import math
import os
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit

import requests
import urllib3.exceptions

from botapp.channels.addresses import ForbiddenAddressError
from botapp.channels.connections import LookUp, WatchedAdapter, current_look_up, current_watch
from botapp.channels.guarded_body import GuardedBody, GuardFaultError, OverdueError
from botapp.channels.port import LateError
from botapp.channels.watchdog import Watch, Watchdog
from botapp.clock import Clock

ANSWER_LIMIT_BYTES = 64 * 1024

# What requests, urllib3, http.client and sockets raise for everything that can go wrong on the way.
_FAILURES = (requests.RequestException, urllib3.exceptions.HTTPError, HTTPException, OSError, ValueError)

_DETAILS: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
    ((requests.exceptions.SSLError, urllib3.exceptions.SSLError), "tls"),
    ((requests.ConnectTimeout,), "connect_timeout"),
    ((requests.Timeout, urllib3.exceptions.TimeoutError), "read_timeout"),
    ((ValueError,), "invalid_request"),  # a token or an address that no request can carry
)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Bounds of one call. `total_seconds` counts from the start of the call and holds whatever the server does.

    Only the look-up of the host's name cannot be interrupted; a body is not released after the total either way.
    """

    connect_seconds: float = 3.0
    read_seconds: float = 10.0
    total_seconds: float = 15.0
    idle_seconds: float = 20.0  # an older idle connection may be dead without knowing, and would cost an unknown
    unacknowledged_seconds: float = 5.0  # what the kernel may go on trying to deliver (TCP_USER_TIMEOUT)


@dataclass(frozen=True, slots=True)
class Request:
    """`path` begins with a slash and is appended to the base URL. A body makes it subject to the guard."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer, whatever it says. Header names are found in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    write_lag_seconds: float | None  # from the start of the call to the release of the body


@dataclass(frozen=True, slots=True)
class Failure:
    """No whole answer. Without a `write_lag_seconds` the body was never released: certainly not delivered."""

    detail: str  # late, total_timeout, connect, connect_timeout, tls, read_timeout, connection_lost, …
    write_lag_seconds: float | None

    @property
    def certainly_not_delivered(self) -> bool:
        return self.write_lag_seconds is None


class Transport:
    """Calls to one host by any number of threads. It belongs to the process that made it."""

    def __init__(
        self,
        base_url: str,
        *,
        clock: Clock,
        timeouts: Timeouts | None = None,
        ca_file: Path | None = None,
        look_up: LookUp | None = None,
    ) -> None:
        """`ca_file`: whom to trust in place of the public authorities. ValueError: see `check_base_url`.

        `look_up` says which addresses the host has, and may refuse them with ForbiddenAddressError.
        """
        self._base_url = check_base_url(base_url)
        self._elapsed = clock.elapsed
        self._timeouts = timeouts or Timeouts()
        self._verify = str(ca_file) if ca_file else True
        self._look_up = look_up
        # A warm connection for each call in progress rather than for each thread: pools of threads come and
        # go with their jobs. The last one used is taken first, so that the surplus grows old and is dropped.
        self._idle: deque[tuple[float, WatchedAdapter]] = deque()
        self._idle_lock = threading.Lock()
        self._process_id = os.getpid()
        self._watchdog = Watchdog(elapsed=self._elapsed)

    def call(
        self, request: Request, *, guard: Callable[[], None] | None = None, within_seconds: float = math.inf
    ) -> Reply | Failure:
        """Send one request once. Never follows a redirect, never repeats, never raises for the network.

        `guard` runs as the last thing before the body's bytes are written, after the headers. LateError from it
        becomes a Failure with its detail; anything else it raises comes out of here; in both cases nothing was
        delivered. `within_seconds` shortens the total bound.
        """
        if os.getpid() != self._process_id:
            raise RuntimeError("a Transport does not survive a fork; make it in the process that uses it")
        with self._watchdog.watching(min(self._timeouts.total_seconds, within_seconds)) as watch:
            body = GuardedBody(request.body or b"", watch=watch, guard=guard, elapsed=self._elapsed)
            return self._exchange(request, body, watch)

    def close(self) -> None:
        """Close idle connections and end the watchdog. No call may be in progress."""
        with self._idle_lock:
            while self._idle:
                self._idle.pop()[1].close()
        self._watchdog.close()

    def _exchange(self, request: Request, body: GuardedBody, watch: Watch) -> Reply | Failure:
        adapter = self._take_adapter()
        tokens = current_watch.set(watch), current_look_up.set(self._look_up)
        try:
            answer = self._send(adapter, _prepare(self._base_url, request, body), body)
        except (LateError, ForbiddenAddressError) as refused:
            answer = Failure(refused.detail, None)
        except GuardFaultError as fault:
            raise fault.__cause__ or fault from None
        except (OverdueError, *_FAILURES) as error:
            answer = Failure(_detail(error, watch), body.write_lag_seconds)
        finally:
            current_watch.reset(tokens[0])
            current_look_up.reset(tokens[1])
        if watch.cut_off:
            # An answer without a length ends where the connection does, so one that was cut off looks whole.
            answer = Failure("total_timeout", body.write_lag_seconds)
        self._put_back(adapter, answer)
        return answer

    def _send(self, adapter: WatchedAdapter, prepared: requests.PreparedRequest, body: GuardedBody) -> Reply | Failure:
        # The adapter alone, not the Session above it, which would add cookies, netrc, redirects and the
        # environment's proxies, each to be switched off again.
        timeout = (self._timeouts.connect_seconds, self._timeouts.read_seconds)
        response = adapter.send(prepared, stream=True, timeout=timeout, verify=self._verify, proxies={})
        try:
            content = response.raw.read(ANSWER_LIMIT_BYTES + 1, decode_content=True)
        finally:
            response.close()  # one that was read to its end has gone back to the pool already and stays open
        if len(content) > ANSWER_LIMIT_BYTES:
            return Failure("answer_too_long", body.write_lag_seconds)
        if response.status_code < HTTPStatus.OK:
            return Failure("answer_to_come", body.write_lag_seconds)
        return Reply(response.status_code, response.headers, content, body.write_lag_seconds)

    def _take_adapter(self) -> WatchedAdapter:
        with self._idle_lock:
            if not self._idle:
                return WatchedAdapter(unacknowledged_seconds=self._timeouts.unacknowledged_seconds)
            idle_since, adapter = self._idle.pop()
        if self._is_stale(idle_since):
            adapter.close()  # it connects anew
        return adapter

    def _put_back(self, adapter: WatchedAdapter, answer: Reply | Failure) -> None:
        if isinstance(answer, Failure):
            adapter.close()  # what may still arrive on it must never be taken for the answer to another request
            return
        with self._idle_lock:
            self._idle.append((self._elapsed(), adapter))
            while self._idle and self._is_stale(self._idle[0][0]):
                self._idle.popleft()[1].close()

    def _is_stale(self, idle_since: float) -> bool:
        return self._elapsed() - idle_since > self._timeouts.idle_seconds


def check_base_url(url: str) -> str:
    """The URL without its closing slash. ValueError, with the remedy, unless it is https, or http on loopback."""
    shown = url.rpartition("@")[2]  # what stands before it may be a password
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or "@" in parts.netloc or set(url) & set("?# \t\r\n"):
        raise ValueError(f"{shown!r} is not a base URL; write it like https://host.example")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname or "")):
        raise ValueError(f"{shown!r} is not https; plain http is for loopback only, like http://127.0.0.1:8080")
    return url.rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _prepare(base_url: str, request: Request, body: GuardedBody) -> requests.PreparedRequest:
    headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "botapp"}
    if request.body:
        headers["Content-Type"] = "application/json"
    prepared = requests.PreparedRequest()
    prepared.prepare(
        method=request.method,
        url=base_url + request.path,
        headers=headers | dict(request.headers),
        data=body if request.body else None,
    )
    return prepared


def _detail(error: Exception, watch: Watch) -> str:
    """One word of ours: the texts of such errors quote addresses and headers."""
    if watch.cut_off or isinstance(error, OverdueError):
        return "total_timeout"
    if isinstance(error, requests.ConnectionError) and _never_connected(error):
        return "connect"
    for kinds, detail in _DETAILS:
        if isinstance(error, kinds):
            return detail
    return "connection_lost"


def _never_connected(error: requests.ConnectionError) -> bool:
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", None), urllib3.exceptions.NewConnectionError)
