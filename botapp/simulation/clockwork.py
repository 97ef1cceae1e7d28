"""Virtual time, and many actors in one thread: who waits gives way to whoever is next.

Switching costs little and is left out where nobody else would run, so a world without faults is nearly a plain loop.
"""

from collections.abc import Callable
from contextvars import Context
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush

from greenlet import getcurrent, greenlet
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

Action = Callable[[], object]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONG_SLEEP = 1_000_000
MILLISECOND = 1_000
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def instant(microseconds: int) -> datetime:
    """True time as a datetime."""
    return _EPOCH + timedelta(0, 0, microseconds)


def microseconds(at: datetime) -> int:
    """A datetime as true time is counted here."""
    return (at - _EPOCH) // timedelta(microseconds=1)


class Crashed(BaseException):
    """Thrown into every thread of a process that dies; not an Exception, so that no handler of ours stops it."""


class Clockwork:
    """What happens next. All times are whole microseconds of true time."""

    def __init__(self, begins_at: int, context: Context) -> None:
        self.now = begins_at
        self.current: Thread | None = None
        self.hub = getcurrent()
        # Asked before a stretch of time in which nothing is planned; may plan something.
        self.before_a_lull: Callable[[int], None] | None = None
        self._context = context
        self._agenda: list[tuple[int, int, Action]] = []
        self._planned = 0

    def at(self, when: int, action: Action) -> None:
        """Do something then; what is planned for one instant happens in the order in which it was planned."""
        self._planned += 1
        heappush(self._agenda, (max(when, self.now), self._planned, action))

    def run(self, until: int) -> None:
        """Live until then."""
        self.at(until, lambda: None)  # the lull before the end is a lull like any other
        while self._agenda and self._agenda[0][0] <= until:
            when = self._agenda[0][0]
            if when - self.now > _LONG_SLEEP and self.before_a_lull is not None:
                self.before_a_lull(when)
                when = self._agenda[0][0]
            _, _, action = heappop(self._agenda)
            self.now = when
            action()
        self.now = until

    def is_free_until(self, when: int) -> bool:
        """Whether nobody else has anything to do before then."""
        return not self._agenda or self._agenda[0][0] > when

    def new_greenlet(self, run: Action) -> greenlet:
        made = greenlet(run, parent=self.hub)
        made.gr_context = self._context.copy()
        return made


class HostClock:
    """One machine's clocks: off by a little, drifting, and now and then set anew. Satisfies `botapp.clock.Clock`."""

    def __init__(self, clockwork: Clockwork, offset: int = 0, drift_millionths: int = 0) -> None:
        self._clockwork = clockwork
        self._offset = offset
        self._drift_millionths = drift_millionths
        self._since = clockwork.now

    def now(self) -> datetime:
        passed = self._clockwork.now - self._since
        return instant(self._clockwork.now + self._offset + passed * self._drift_millionths // 1_000_000)

    def elapsed(self) -> float:
        passed = self._clockwork.now - self._since
        return (passed + passed * self._drift_millionths // 1_000_000) / 1e6 + 1e6

    def step_to(self, offset: int) -> None:
        """The wall clock is set; the monotonic one goes on as it did."""
        passed = self._clockwork.now - self._since
        self._offset = offset - passed * self._drift_millionths // 1_000_000


class Process:
    """An operating-system process: its threads share its fate. A restarted one is a new object."""

    def __init__(
        self, clockwork: Clockwork, kind: str, clock: HostClock, on_change: Callable[["Process"], object] | None = None
    ) -> None:
        """`on_change` is told when it dies, freezes or goes on."""
        self.kind = kind
        self.clock = clock
        self.is_dead = False
        self.is_mourned = False  # its successor is on the way
        self.frozen_until = 0
        self.threads: dict[int, Thread] = {}
        self._clockwork = clockwork
        self._on_change = on_change

    def crash(self) -> None:
        """Die where it stands. The thread that asks raises Crashed itself; the others are swept away at once."""
        if self.is_dead:
            return
        self.is_dead = True
        for thread in list(self.threads.values()):
            if thread is not self._clockwork.current:
                self._clockwork.at(self._clockwork.now, thread.sweep_away)
        if self._on_change is not None:
            self._on_change(self)

    @property
    def is_running(self) -> bool:
        return not self.is_dead and self.frozen_until <= self._clockwork.now

    def freeze(self, duration: int) -> None:
        """Stand still, as after SIGSTOP."""
        self.frozen_until = max(self.frozen_until, self._clockwork.now + duration)
        if self._on_change is not None:
            on_change = self._on_change
            on_change(self)
            self._clockwork.at(self.frozen_until, lambda: on_change(self))


class Thread:
    """One line of execution of a process."""

    _made = 0

    def __init__(
        self, clockwork: Clockwork, process: Process, run: Action, on_end: Callable[[bool], object] | None = None
    ) -> None:
        """`on_end` is told whether it came to its end; False if its process died or something was raised."""
        self.process = process
        self.committed_at = clockwork.now
        self.subject: object = None  # the key of what it works on, for faults that aim
        self.asked_at: int | None = None  # when it last read without writing
        self.on_commit: Action | None = None  # told of its next commit, once
        self.lost_its_transaction = False
        self._clockwork = clockwork
        self._ticket = 0
        self._on_end = on_end
        self._greenlet = clockwork.new_greenlet(lambda: self._live(run))
        Thread._made += 1
        self._number = Thread._made
        process.threads[self._number] = self

    def start(self) -> None:
        """Begin at this instant, once whoever runs now gives way."""
        self._clockwork.at(self._clockwork.now, self.go_on)

    def sleep(self, duration: int) -> None:
        """Let time pass. Raises Crashed if the process dies meanwhile."""
        if self.process.is_dead:
            raise Crashed
        clockwork = self._clockwork
        until = clockwork.now + duration
        if duration <= _LONG_SLEEP and clockwork.is_free_until(until) and self.process.frozen_until <= until:
            clockwork.now = until
            return
        self.wake_at(until)
        self.park()

    def park(self) -> None:
        """Give way until somebody wakes this thread."""
        self._clockwork.hub.switch()
        if self.process.is_dead:
            raise Crashed

    def wake_at(self, when: int) -> None:
        """Plan to go on then; replaces what was planned before."""
        self._ticket += 1
        ticket = self._ticket
        self._clockwork.at(when, lambda: self._wake(ticket))

    def sweep_away(self) -> None:
        """Called by the hub: unwind a thread whose process died while it waited."""
        self._ticket += 1
        if not self._greenlet.dead:
            self.go_on()

    def _wake(self, ticket: int) -> None:
        if ticket != self._ticket or self.process.is_dead or self._greenlet.dead:
            return
        if self.process.frozen_until > self._clockwork.now:
            self.wake_at(self.process.frozen_until)
            return
        self.go_on()

    def go_on(self) -> None:
        """Run until it gives way. Only the hub may call this."""
        if self._greenlet.dead:
            return
        self._clockwork.current = self
        self._greenlet.switch()
        self._clockwork.current = None

    def _live(self, run: Action) -> None:
        done = False
        try:
            if not self.process.is_dead:
                run()
                done = True
        except Crashed:
            pass
        except (SQLAlchemyError, RedisError):
            pass  # a server was away: the process logs it and goes on with its next job or request
        finally:
            self.process.threads.pop(self._number, None)
        if self._on_end is not None:
            self._on_end(done)
