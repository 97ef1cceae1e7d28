"""The hard total bound: a thread that shuts a call's connection down at its deadline.

Timeouts of sockets start anew with each byte, so a server that trickles could hold a call for ever.
"""

import math
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

# The wait's clock may stand still while the machine sleeps; the deadline's does not. So look this often at least.
_LOOK_SECONDS = 1.0


class Watch:
    """One call under watch."""

    __slots__ = ("_handle", "_lock", "cut_off", "deadline", "started_at")

    def __init__(self, started_at: float, within_seconds: float) -> None:
        self.started_at = started_at
        self.deadline = started_at + within_seconds
        self.cut_off = False
        self._lock = threading.Lock()
        self._handle: socket.socket | None = None

    def attach(self, connection: socket.socket) -> None:
        """Name the connection of this call. A later one of the same call is the same, wrapped in TLS: ignored.

        The watch holds a second descriptor of its own: it stays right when TLS takes over the first, and it
        cannot hit a stranger's connection that got the number of one closed meanwhile.
        """
        with self._lock:
            if self._handle is None:
                self._handle = socket.fromfd(connection.fileno(), connection.family, connection.type)
            if self.cut_off:
                _shut_down(self._handle)

    def cut(self) -> None:
        """Wake the caller from whatever it waits for on the connection."""
        with self._lock:
            self.cut_off = True
            if self._handle is not None:
                _shut_down(self._handle)

    def detach(self) -> None:
        with self._lock:
            if self._handle is not None:
                self._handle.close()
                self._handle = None


class Watchdog:
    """One thread for all calls of a transport."""

    def __init__(self, *, elapsed: Callable[[], float]) -> None:
        self._elapsed = elapsed
        self._changed = threading.Condition()
        self._watches: set[Watch] = set()
        self._looks_at = math.inf
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="botapp-watchdog", daemon=True)
        self._thread.start()

    @contextmanager
    def watching(self, within_seconds: float) -> Iterator[Watch]:
        """Watch a call from here to the end of the block."""
        watch = Watch(self._elapsed(), within_seconds)
        with self._changed:
            self._watches.add(watch)
            if watch.deadline < self._looks_at:
                self._changed.notify()
        try:
            yield watch
        finally:
            with self._changed:
                self._watches.discard(watch)
            watch.detach()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        with self._changed:
            while not self._closed:
                self._cut_overdue()
                self._looks_at = min((watch.deadline for watch in self._watches), default=math.inf)
                self._changed.wait(self._seconds_to_wait())

    def _cut_overdue(self) -> None:
        now = self._elapsed()
        for watch in [watch for watch in self._watches if watch.deadline <= now]:
            self._watches.discard(watch)
            watch.cut()

    def _seconds_to_wait(self) -> float | None:
        if self._looks_at == math.inf:
            return None
        return min(max(self._looks_at - self._elapsed(), 0.0), _LOOK_SECONDS)


def _shut_down(connection: socket.socket) -> None:
    with suppress(OSError):  # not connected any more: nothing left to cut
        connection.shutdown(socket.SHUT_RDWR)
