"""Stands in for the platform where only its speed matters: accepts every message after a fixed time, and tells when.

The sandbox judges each message and costs a processor's time; this costs little, so that what is measured is ours.
Usage: python -m bench.platform_server PORT LATENCY_SECONDS
"""

import asyncio
import json
import signal
import sys
from collections.abc import Sequence
from email.utils import format_datetime

from botapp.clock import SystemClock

_PROFILE = {"first_name": "Ann", "last_name": "Lee", "locale": "en_US", "timezone": 1}
ARRIVALS_PATH = "/bench/arrivals"


class Platform:
    """What all connections share."""

    def __init__(self, latency_seconds: float) -> None:
        self.latency_seconds = latency_seconds
        self.clock = SystemClock()
        self.arrivals: list[tuple[float, str, str]] = []  # epoch, recipient, messaging type

    def answer(self, method: str, path: str, body: bytes) -> tuple[float, object]:
        """Seconds to wait, and what to say then."""
        if path == ARRIVALS_PATH:
            return 0, self.arrivals
        if method != "POST":
            return self.latency_seconds, _PROFILE
        message = json.loads(body)
        recipient = message["recipient"]["id"]
        self.arrivals.append((self.clock.now().timestamp(), recipient, message.get("messaging_type", "")))
        identifier = f"m_{len(self.arrivals)}.{recipient}"
        return self.latency_seconds, {"recipient_id": recipient, "message_id": identifier}


class Connection(asyncio.Protocol):
    """One warm connection, request after request."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._received = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        self._received += data
        head, found, rest = self._received.partition(b"\r\n\r\n")
        length = _length(head)
        if not found or len(rest) < length:
            return
        self._received = rest[length:]
        method, path, _ = head.split(b"\r\n", 1)[0].decode().split(" ", 2)
        seconds, said = self._platform.answer(method, path.partition("?")[0], rest[:length])
        asyncio.get_running_loop().call_later(seconds, self._say, said)

    def _say(self, said: object) -> None:
        content = json.dumps(said).encode()
        date = format_datetime(self._platform.clock.now(), usegmt=True)  # without it nothing proactive is sent
        lines = (
            "HTTP/1.1 200 OK",
            f"Date: {date}",
            "Content-Type: application/json",
            f"Content-Length: {len(content)}",
        )
        head = "\r\n".join([*lines, "", ""])
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(head.encode() + content)


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0


async def _serve(port: int, latency_seconds: float) -> None:
    platform = Platform(latency_seconds)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(platform), "127.0.0.1", port)
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()
    server.close()


def main(arguments: Sequence[str]) -> None:
    """Until SIGTERM."""
    port, latency_seconds = arguments
    asyncio.run(_serve(int(port), float(latency_seconds)))


if __name__ == "__main__":
    main(sys.argv[1:])
