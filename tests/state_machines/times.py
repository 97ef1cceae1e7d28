"""Time in stories: whole hours after a noon, few enough that they meet."""

from datetime import UTC, datetime, timedelta

from botapp.clock import SystemClock

HOUR = timedelta(hours=1)
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


class SetClock(SystemClock):
    """A clock that shows what it is set to."""

    shown = NOON

    def now(self) -> datetime:
        return self.shown
