"""What goes wrong, how often, and more often where it is dangerous. All of it is drawn from the seed."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from botapp.simulation.clockwork import HOUR, MILLISECOND, MINUTE, SECOND, Clockwork, Crashed, Thread
from botapp.simulation.record import Record
from botapp.simulation.store import Store, away
from botapp.storage.reengagements import ReengagementKey


class Faults(StrEnum):
    """How hostile a world is."""

    NONE = "none"
    SOME = "some"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Rates:
    """Chances, each for one occasion of its kind, unless the name says otherwise."""

    boundary: float  # that something befalls a thread where it touches the outside
    danger: int  # how much likelier that is while a re-engagement is on its way
    send: float  # that a send does not simply go out
    late_webhook: float
    doubled_webhook: float
    ring: float  # that a ring of the doorbell is lost, doubled or late
    aim: float  # that a person acts at a dangerous instant after a session
    staff_hours: float  # between two changes by staff, on average
    outage_hours: float  # between two outages of Redis, the platform or the database, on average
    skew_milliseconds: int


_NOTHING = Rates(0, 1, 0, 0, 0, 0, 0, 0, 0, 0)
_SOME = Rates(0.001, 3, 0.01, 0.01, 0.01, 0.01, 0.1, 120, 120, 200)
_ALL = Rates(0.006, 6, 0.08, 0.04, 0.04, 0.05, 0.2, 40, 40, 2_000)
RATES = {Faults.NONE: _NOTHING, Faults.SOME: _SOME, Faults.ALL: _ALL}

# Where it may happen: what, and its weight.
_BEFALLS: dict[str, tuple[tuple[str, int], ...]] = {
    "begin": (("crash", 2), ("freeze", 2), ("stall", 3), ("refuse", 2), ("intrude", 6)),
    "read": (("crash", 1), ("stall", 2), ("refuse", 2)),
    "commit": (("crash", 3), ("freeze", 3), ("refuse", 2), ("stall", 2)),
    "committed": (("crash", 4), ("freeze", 3), ("stall", 3), ("answer_lost", 2), ("intrude", 6)),
    "connect": (("crash", 2), ("freeze", 3), ("stall", 3), ("intrude", 6)),
    "written": (("crash", 4), ("freeze", 3), ("intrude", 4)),
    "answered": (("crash", 4), ("freeze", 3), ("stall", 2), ("intrude", 4)),
    "webhook": (("crash", 3), ("freeze", 2), ("stall", 3)),
    "job": (("crash", 2), ("freeze", 2)),
}
_CHOICES = {
    where: ([what for what, _ in befalls], [weight for _, weight in befalls]) for where, befalls in _BEFALLS.items()
}


class Misfortune:
    """Decides at each boundary whether something happens there."""

    def __init__(self, rates: Rates, clockwork: Clockwork, record: Record, random: Random) -> None:
        self.rates = rates
        self.store: Store | None = None
        self.intrude: Callable[[object], int] | None = None  # somebody acts now; how long to let it happen
        self.database_away_until = 0
        self._clockwork = clockwork
        self._record = record
        self._random = random
        self._credit = self._next_credit()

    def pass_database(self, thread: Thread, where: str) -> None:
        """See store.Boundaries."""
        if self._clockwork.now < self.database_away_until and where != "committed":
            raise away("the server is restarting")
        self.pass_by(thread, where)

    def pass_by(self, thread: Thread, where: str) -> None:
        """A thread is about to touch the outside, or has just done so."""
        if thread.process.is_dead:
            raise Crashed
        self._credit -= self.rates.danger if type(thread.subject) is ReengagementKey else 1
        if self._credit <= 0:
            self._credit = self._next_credit()
            what = self._random.choices(*_CHOICES[where])[0]
            self._befall(thread, what, where)
        if thread.process.frozen_until > self._clockwork.now:
            self._stand_still(thread)

    def _befall(self, thread: Thread, what: str, where: str) -> None:
        random = self._random
        if what == "intrude" and (thread.subject is None or self.intrude is None):
            what = "stall"
        self._record.counts[f"fault:{what}:{where}"] += 1
        if what == "crash":
            thread.process.crash()
            raise Crashed
        if what == "freeze":
            thread.process.freeze(self._pause())
        elif what == "stall":
            thread.sleep(int(MILLISECOND * 10 ** random.uniform(0, 3.8)))
        elif what in ("refuse", "answer_lost"):
            raise away(what)
        elif self.intrude is not None:
            thread.sleep(self.intrude(thread.subject))

    def _pause(self) -> int:
        """Milliseconds to hours."""
        shortest, longest = self._random.choices(
            ((MILLISECOND, SECOND), (SECOND, 30 * SECOND), (30 * SECOND, 10 * MINUTE), (10 * MINUTE, 6 * HOUR)),
            (6, 6, 3, 1),
        )[0]
        return self._random.randrange(shortest, longest)

    def _stand_still(self, thread: Thread) -> None:
        if self.store is not None:
            self.store.freeze_holder(thread)
        thread.sleep(thread.process.frozen_until - self._clockwork.now)

    def _next_credit(self) -> int:
        """How many boundaries pass unharmed until the next."""
        if self.rates.boundary == 0:
            return 1 << 62
        return 1 + int(self._random.expovariate(self.rates.boundary))
