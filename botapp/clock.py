"""The one place that looks at a clock. Everything else is handed the time."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What use cases know of time."""

    def now(self) -> datetime:
        """The wall clock, aware, UTC."""
        ...

    def elapsed(self) -> float:
        """Seconds on a clock that never goes back and, where the system has one, goes on while it sleeps."""
        ...


class SystemClock:
    """The clocks of this host."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def elapsed(self) -> float:
        # CLOCK_MONOTONIC stands still while a machine is suspended; a claim must age meanwhile.
        clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
        return time.clock_gettime(clock)
