"""A wire that a test may cut: TCP passed on between two processes, held back, refused, delivered late or never.

What a process writes is seen here before anybody else sees it, so this is also where it can be struck at a chosen step.
"""

import asyncio
import contextlib
import re
import socket
import threading
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from botapp.clock import Clock
from botapp.reengagement.delivery import METADATA_PREFIX

_CHUNK_BYTES = 1 << 16
_ANSWER_SECONDS = 10.0
_TURNS = 20  # of the loop, in which who was accepted is met, and what was aborted is closed; it takes three or four
_TOKEN = re.compile(rb'"metadata":"' + METADATA_PREFIX.encode() + rb'([0-9a-f]+)"')
_PROACTIVE = b'"messaging_type":"UPDATE"'
_WEBHOOK = b'{"object":"page"'


class Step(StrEnum):
    """The steps of one exchange, as the wire sees them."""

    HEAD = "head"  # the headers of a request have arrived here, its body has not
    BODY = "body"  # the whole request has, and the other side knows nothing of it
    PASSED = "passed"  # it has been handed to the other side
    ANSWER = "answer"  # the answer has arrived here, and whoever asked knows nothing of it


@dataclass(frozen=True, slots=True)
class Trap:
    """Springs at the next exchange that reaches the step; `spring` is told which."""

    step: Step
    spring: "Callable[[Exchange], None]"
    proactive_only: bool = False
    swallow: bool = False  # what arrived is not passed on


@dataclass
class Exchange:
    """One connection, and what is under way on it."""

    port: int  # of whoever asks
    target: int  # where it was passed on to
    is_proactive: bool = False


@dataclass
class Link:
    """Passes connections on to the first of the targets that takes them, beginning with another each time."""

    targets: Sequence[int]
    clock: Clock
    longest_hold_seconds: float  # what is older is dropped, as the sender's own bounds would have it dropped
    began_at: dict[str, float] = field(default_factory=dict)  # token of a message -> when its body was first seen
    port: int = 0
    _keeps_for_the_dead: bool = False
    _traps: list[Trap] = field(default_factory=list)
    _turn: int = 0
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _whole: asyncio.Event = field(default_factory=asyncio.Event)
    _open: dict[asyncio.StreamWriter, asyncio.Future[None]] = field(default_factory=dict)
    _server: asyncio.Server | None = None
    _has_ended: bool = False
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._whole.set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="link")
        self._thread.start()
        self._do(self._listen())
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        if self._thread is not None:
            self._thread.join()
        self._loop.close()

    def cut(self, *, keeps_for_the_dead: bool) -> None:
        """Nothing passes any more, in neither direction; what arrives is held.

        For the dead: what was written by somebody who is gone meanwhile is delivered all the same afterwards.
        """
        self._keeps_for_the_dead = keeps_for_the_dead
        self._loop.call_soon_threadsafe(self._whole.clear)

    def mend(self) -> None:
        self._loop.call_soon_threadsafe(self._whole.set)

    def refuse(self) -> None:
        """New connections are refused."""
        self._do(self._deafen())

    def accept(self) -> None:
        self._do(self._listen())

    def arm(self, trap: Trap) -> None:
        self._loop.call_soon_threadsafe(self._traps.append, trap)

    def disarm(self, trap: Trap) -> None:
        """A trap that was not sprung, taken away."""

        def remove() -> None:
            with contextlib.suppress(ValueError):
                self._traps.remove(trap)

        self._loop.call_soon_threadsafe(remove)

    def _do(self, action: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(action, self._loop).result(_ANSWER_SECONDS)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", self.port, reuse_address=True)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _deafen(self) -> None:
        if self._server is not None:
            # Whoever was accepted is met before it closes: asyncio loses connections that are just being made.
            for listening in self._server.sockets:
                self._loop.remove_reader(listening.fileno())
            await self._settle()
            self._server.close()  # connections that stand go on

    async def _end(self) -> None:
        self._has_ended = True
        await self._deafen()
        passing = list(self._open.values())
        for task in passing:
            task.cancel()
        await asyncio.gather(*passing, return_exceptions=True)
        for stream in self._open:  # of those whose task had not begun
            stream.transport.abort()
        await self._settle()

    async def _settle(self) -> None:
        """Not by the clock: on a busy machine it may go on while the loop stands."""
        for _ in range(_TURNS):
            await asyncio.sleep(0)

    def _meet(self, asker: asyncio.StreamReader, to_asker: asyncio.StreamWriter) -> None:
        if self._has_ended:  # it was accepted just before
            to_asker.transport.abort()
            return
        self._open[to_asker] = asyncio.ensure_future(self._pass_on(asker, to_asker))

    async def _pass_on(self, asker: asyncio.StreamReader, to_asker: asyncio.StreamWriter) -> None:
        streams: list[asyncio.StreamWriter] = [to_asker]
        tasks: list[asyncio.Future[None]] = []
        try:
            answerer, to_answerer = await self._connect()
            streams.append(to_answerer)
            ports = (to_asker.get_extra_info("peername")[1], to_answerer.get_extra_info("peername")[1])
            exchange = Exchange(*ports)
            ways = self._forth(asker, to_answerer, exchange), self._back(answerer, to_asker, exchange)
            tasks = [asyncio.ensure_future(way) for way in ways]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        except (OSError, asyncio.CancelledError):  # nobody listens there, or this is the end of the link
            pass
        finally:
            for task in tasks:
                task.cancel()
            for stream in streams:
                stream.transport.abort()
            del self._open[to_asker]

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        self._turn += 1
        for number in range(len(self.targets)):
            port = self.targets[(self._turn + number) % len(self.targets)]
            with contextlib.suppress(OSError):
                streams = await asyncio.open_connection("127.0.0.1", port)
                streams[1].get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return streams
        raise ConnectionRefusedError

    async def _forth(self, asker: asyncio.StreamReader, target: asyncio.StreamWriter, exchange: Exchange) -> None:
        with contextlib.suppress(OSError):
            while chunk := await asker.read(_CHUNK_BYTES):
                arrived_at = self.clock.elapsed()
                step = self._note(chunk, exchange)
                if self._springs(step, exchange) or not await self._may_pass(arrived_at, asker):
                    return
                target.write(chunk)
                await target.drain()
                if step is Step.BODY and self._springs(Step.PASSED, exchange):
                    return

    async def _back(self, answerer: asyncio.StreamReader, target: asyncio.StreamWriter, exchange: Exchange) -> None:
        with contextlib.suppress(OSError):
            while chunk := await answerer.read(_CHUNK_BYTES):
                arrived_at = self.clock.elapsed()
                if self._springs(Step.ANSWER, exchange) or not await self._may_pass(arrived_at, answerer):
                    return
                target.write(chunk)
                await target.drain()

    def _note(self, chunk: bytes, exchange: Exchange) -> Step | None:
        """Which step this is; None for what changes nothing (a question, a part of something)."""
        token = _TOKEN.search(chunk)
        if token is not None:
            self.began_at.setdefault(token[1].decode(), self.clock.now().timestamp())
        exchange.is_proactive = _PROACTIVE in chunk
        if token is not None or _WEBHOOK in chunk:
            return Step.BODY
        return Step.HEAD if chunk.startswith(b"POST ") and chunk.endswith(b"\r\n\r\n") else None

    def _springs(self, step: Step | None, exchange: Exchange) -> bool:
        """Whether what arrived is swallowed by a trap."""
        for trap in self._traps:
            if trap.step is step and (exchange.is_proactive or not trap.proactive_only):
                self._traps.remove(trap)
                trap.spring(exchange)
                return trap.swallow
        return False

    async def _may_pass(self, arrived_at: float, source: asyncio.StreamReader) -> bool:
        if self._whole.is_set():
            return True
        await self._whole.wait()
        if self.clock.elapsed() - arrived_at > self.longest_hold_seconds:
            return False
        is_gone = source.at_eof() or source.exception() is not None
        return self._keeps_for_the_dead or not is_gone
