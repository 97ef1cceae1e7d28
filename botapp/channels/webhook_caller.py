"""Calls whoever subscribes to webhooks: hosts that somebody typed in, so only public ones, and no redirects."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from botapp.channels.addresses import look_up_public
from botapp.channels.connections import LookUp
from botapp.channels.transport import Failure, Request, Timeouts, Transport
from botapp.clock import Clock
from botapp.policy.public_address import is_loopback_url

_TIMEOUTS = Timeouts(connect_seconds=5.0, read_seconds=10.0, total_seconds=15.0)
_LONGEST_WAIT_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Heard:
    """What a receiver said: a status of HTTP, or a word of ours for why there was none."""

    outcome: str
    is_taken: bool = False
    is_gone: bool = False  # it wants nothing more, ever
    wait_seconds: int = 0  # it asked for so much patience


class Line:
    """To one receiver, for as long as there is something to say."""

    def __init__(self, url: str, transport: Transport) -> None:
        parts = urlsplit(url)
        self._path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        self._transport = transport

    def post(self, headers: Mapping[str, str], body: bytes) -> Heard:
        """Once. A redirect is an answer like any other that is not 2xx, and nobody goes there."""
        answer = self._transport.call(Request("POST", self._path, headers, body))
        if isinstance(answer, Failure):
            return Heard(answer.detail)
        return Heard(
            f"http_{answer.status}",
            is_taken=HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES,
            is_gone=answer.status == HTTPStatus.GONE,
            wait_seconds=_wait_seconds(answer.headers.get("Retry-After", "")),
        )


@dataclass(frozen=True, slots=True)
class WebhookCaller:
    """Opens lines. `allows_loopback` is for the sandbox: receivers on this host, and plain http there."""

    clock: Clock
    allows_loopback: bool = False
    timeouts: Timeouts = _TIMEOUTS
    look_up: LookUp = look_up_public
    ca_file: Path | None = None

    @contextmanager
    def line(self, url: str) -> Iterator[Line]:
        """A line to the URL's host, of which every address is looked at when it is connected to."""
        parts = urlsplit(url)
        is_here = self.allows_loopback and is_loopback_url(url)
        transport = Transport(
            f"{parts.scheme}://{parts.netloc}",
            clock=self.clock,
            timeouts=self.timeouts,
            ca_file=self.ca_file,
            look_up=None if is_here else self.look_up,
        )
        try:
            yield Line(url, transport)
        finally:
            transport.close()


def _wait_seconds(retry_after: str) -> int:
    """Dates are not read: whoever wants patience can say how much."""
    is_number = retry_after.isascii() and retry_after.isdecimal() and len(retry_after) <= _LONGEST_WAIT_DIGITS
    return int(retry_after) if is_number else 0
