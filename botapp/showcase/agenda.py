"""Driven time, and what happens next in it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from heapq import heappop, heappush

Action = Callable[[], object]


class DrivenClock:
    """Stands still until somebody moves it. Satisfies `botapp.clock.Clock`."""

    def __init__(self, begins_at: datetime) -> None:
        self._begins_at = begins_at
        self._now = begins_at

    def now(self) -> datetime:
        return self._now

    def elapsed(self) -> float:
        return (self._now - self._begins_at).total_seconds()

    def go_to(self, at: datetime) -> None:
        """Never backwards."""
        self._now = max(self._now, at)

    def pass_by(self, span: timedelta) -> None:
        self._now += span


class Agenda:
    """What is planned, in the order of its time; of the same time, in the order in which it was planned."""

    def __init__(self, clock: DrivenClock, until: datetime) -> None:
        self.clock = clock
        self.until = until
        self._planned: list[tuple[datetime, int, Action]] = []
        self._number = 0

    def at(self, when: datetime, action: Action) -> None:
        """Do it then, or now if that is over. What would come after the end is left out."""
        if when <= self.until:
            self._number += 1
            heappush(self._planned, (max(when, self.clock.now()), self._number, action))

    def after(self, span: timedelta, action: Action) -> None:
        self.at(self.clock.now() + span, action)

    def every(self, span: timedelta, action: Action) -> None:
        """From now on until the end."""

        def once() -> None:
            action()
            self.after(span, once)

        once()

    def run(self) -> None:
        """Until nothing is left; the clock then shows the end."""
        while self._planned:
            when, _, action = heappop(self._planned)
            self.clock.go_to(when)
            action()
        self.clock.go_to(self.until)
