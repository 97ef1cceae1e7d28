"""A request's body that decides at the last moment whether it may leave."""

from collections.abc import Callable

from botapp.channels.port import LateError
from botapp.channels.watchdog import Watch


class OverdueError(Exception):
    """The call's total bound passed before its body was written: nothing was delivered."""


class GuardFaultError(Exception):
    """The guard itself failed; the cause says how. Wrapped, since urllib3 swallows some errors of its bodies."""


class GuardedBody:
    """A file of known length. Reading it is releasing it, and http.client reads it after the headers are written.

    It gives its bytes out once and cannot be rewound, so no layer below can send them a second time. While
    `write_lag_seconds` is None, no server can have had the whole request.
    """

    def __init__(
        self,
        content: bytes,
        *,
        watch: Watch,
        guard: Callable[[], None] | None,
        elapsed: Callable[[], float],
    ) -> None:
        self.write_lag_seconds: float | None = None
        self._content = content
        self._watch = watch
        self._guard = guard
        self._elapsed = elapsed

    def __len__(self) -> int:
        return len(self._content)

    def read(self, _size: int = -1) -> bytes:
        """All of it at the first reading, whatever the size asked for: one check, then one write."""
        if self.write_lag_seconds is not None:
            return b""
        if self._watch.cut_off or self._elapsed() >= self._watch.deadline:
            raise OverdueError
        self._ask_guard()
        self.write_lag_seconds = self._elapsed() - self._watch.started_at
        return self._content

    def _ask_guard(self) -> None:
        if self._guard is None:
            return
        try:
            self._guard()
        except LateError:
            raise
        except Exception as fault:
            raise GuardFaultError from fault
