"""How soon things go on after each kind of failure: measured on an arena at rest, several times each."""

import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from botapp.runtime.embedded_redis import is_answering
from tests.chaos.arena import Arena, Plan, standing_arena, wait_for
from tests.chaos.deeds import worker_behind
from tests.chaos.link import Exchange, Step, Trap
from tests.chaos.members import Member
from tests.chaos.witness import Witness
from tests.servers import Run

DAY_SECONDS = 3600.0
_DELAY = "4m"  # of an unshortened day: ten seconds here
_DELAY_SECONDS = 10.0
_BURST = 40
_WRITERS_WHILE_AWAY = 20
_LONG_SECONDS = 120.0
_OPEN_ANSWERS = "SELECT count(*) FROM reply WHERE state IN ('planned', 'claimed')"
_LEASED_ANSWERS = "SELECT count(*) FROM reply WHERE state = 'planned' AND leased_until IS NOT NULL"
_PLANNED_ANSWERS = "SELECT count(*) FROM reply WHERE state = 'planned'"
_SEEN = "SELECT seen_at FROM lease WHERE name = 'ticker'"
_DUE = "SELECT count(*) FROM reengagement WHERE state IN ('planned', 'claimed')"

Report = Callable[[str], None]


@dataclass
class Recovery:
    """One arena, and what was measured on it: name -> seconds."""

    arena: Arena
    times: int
    redis_away_seconds: float
    report: Report
    measured: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self.witness = Witness(self.arena)

    def measure(self) -> None:
        """Everything, one after the other; what takes longest first."""
        self.redis_away()
        steps: list[Callable[[], None]] = [
            self.ticker_killed,
            self.ticker_frozen,
            self.worker_killed,
            self.workers_killed_between_lease_and_claim,
            self.web_killed,
            self.redis_flushed_before_an_answer,
            self.redis_flushed_before_a_send,
            self.redis_killed,
        ]
        if self.arena.database_server is not None:
            steps.append(self.database_crashed)
        for step in steps:
            for _ in range(self.times):
                step()
                wait_for(self.is_at_rest, _LONG_SECONDS, "rest between two measurements")
            self.report(f"{self.arena.plan.database}: measured {step.__name__.replace('_', ' ')}")

    def is_at_rest(self) -> bool:
        return self.arena.is_ready() and self.arena.ask(_OPEN_ANSWERS) == "0" and self.arena.ask(_DUE) == "0"

    def ticker_killed(self) -> None:
        leader, holder = self._leader(), self.arena.leader()
        with self._away(leader):
            began_at = self.witness.now()
            self.arena.fleet.kill(leader, away_seconds=float("inf"))
            ended_at = self.witness.wait(lambda: self.arena.leader() != holder, _LONG_SECONDS, "another leader")
        self.measured["leading ticker killed -> the standby's first tick"].append(ended_at - began_at)

    def ticker_frozen(self) -> None:
        leader, holder = self._leader(), self.arena.leader()
        began_at = self.witness.now()
        self.arena.fleet.freeze(leader)
        try:
            if not self.arena.is_writable():
                # An embedded database waits for whoever froze with its lock, however long that takes.
                self.report(f"{self.arena.plan.database}: the ticker froze inside a write transaction; once more")
                return
            ended_at = self.witness.wait(lambda: self.arena.leader() != holder, _LONG_SECONDS, "another leader")
        finally:
            self.arena.fleet.thaw(leader)
        self.measured["leading ticker frozen -> the standby's first tick"].append(ended_at - began_at)

    def worker_killed(self) -> None:
        """With an answer with the platform, in the midst of many others; those are for the workers that are left."""
        people, killed = self.witness.add_customers(_BURST), threading.Event()

        def strike(exchange: Exchange) -> None:
            member = worker_behind(self.arena, exchange.port)
            if member is not None and self.arena.fleet.kill(member):
                killed.set()

        self.arena.platform_link.arm(Trap(Step.PASSED, strike))
        began_at = self._all_write(people)
        self.witness.wait(killed.is_set, _LONG_SECONDS, "a worker to be killed")
        name = f"worker killed in the midst of {_BURST} answers -> the last that it had not begun"
        self._note_last_answer(name, people, began_at, self.witness.now())

    def workers_killed_between_lease_and_claim(self) -> None:
        """Every worker, with answers in hand that it has not begun: nobody takes them before the lease ends."""
        people, workers = self.witness.add_customers(_BURST), self.arena.fleet.of("worker")
        for member in workers:
            self.arena.fleet.freeze(member)
        began_at = self._all_write(people)
        for member in workers:
            self.arena.fleet.thaw(member)
        self.witness.wait(lambda: self.arena.ask(_LEASED_ANSWERS) != "0", _LONG_SECONDS, "a lease")
        for member in workers:
            self.arena.fleet.kill(member)
        name = f"all workers killed with {_BURST} answers owed and some of them leased -> the last"
        self._note_last_answer(name, people, began_at, self.witness.now())

    def _all_write(self, people: Sequence[str]) -> float:
        began_at = self.witness.now()
        for psid in people:
            self.witness.says(psid)
        return began_at

    def _note_last_answer(self, name: str, people: Sequence[str], began_at: float, died_at: float) -> None:
        self.witness.wait(lambda: self.arena.ask(_PLANNED_ANSWERS) == "0", _LONG_SECONDS, "the other answers")
        last = max(at for psid in people for at in self.witness.sent_to(psid, is_response=True, after=began_at))
        self.measured[name].append(last - died_at)

    def web_killed(self) -> None:
        [psid] = self.witness.add_customers(1)
        for member in self.arena.fleet.of("web"):
            self.arena.fleet.kill(member)
        began_at = self.witness.now()
        ended_at = self.witness.wait(lambda: self.witness.is_taken(psid, f"m_{began_at}"), _LONG_SECONDS, "a 200")
        self.measured["every web killed -> a webhook's first 200"].append(ended_at - began_at)

    def redis_flushed_before_an_answer(self) -> None:
        [psid] = self.witness.add_customers(1)
        self.arena.flush()
        began_at = self.witness.says(psid)
        answered_at = self.witness.wait_for_send(psid, is_response=True, after=began_at)
        self.measured["Redis flushed, a customer writes -> the answer"].append(answered_at - began_at)

    def redis_flushed_before_a_send(self) -> None:
        [psid] = self.witness.add_customers(1)
        due_at = self.witness.says(psid) + _DELAY_SECONDS
        time.sleep(max(0.0, due_at - self.witness.now() - 0.2))
        self.arena.flush()
        sent_at = self.witness.wait_for_send(psid, is_response=False, after=due_at)
        self.measured["Redis flushed just before a message is due -> late by"].append(sent_at - due_at)

    def redis_killed(self) -> None:
        [psid] = self.witness.add_customers(1)
        [redis] = self.arena.fleet.of("redis")
        self.arena.fleet.kill(redis)
        began_at = self.witness.says(psid)
        answered_at = self.witness.wait_for_send(psid, is_response=True, after=began_at)
        self.measured["Redis killed and started again, a customer writes -> the answer"].append(answered_at - began_at)

    def redis_away(self) -> None:
        """For long; meanwhile customers write and messages fall due."""
        people = self.witness.add_customers(_WRITERS_WHILE_AWAY)
        [redis] = self.arena.fleet.of("redis")
        self.arena.fleet.kill(redis, away_seconds=float("inf"))
        for psid in people:
            self.witness.says(psid)
            time.sleep(self.redis_away_seconds / len(people))
        owed = int(self.arena.ask(_OPEN_ANSWERS) or 0)
        self.arena.fleet.hold(redis, held=False)
        back_at = self.witness.wait(lambda: is_answering(self.arena.redis_url), _LONG_SECONDS, "Redis")
        first_at = self.witness.wait_for_send(people[0], is_response=True, after=back_at)
        self.witness.wait(self._has_caught_up, _LONG_SECONDS, "everything owed")
        name = f"Redis away for {self.redis_away_seconds:g} s"
        self.measured[f"{name} -> the first answer after its return"].append(first_at - back_at)
        self.measured[f"{name}, {owed} answers owed -> all caught up"].append(self.witness.now() - back_at)
        wait_for(self.is_at_rest, _LONG_SECONDS, "rest")

    def database_crashed(self) -> None:
        server = self.arena.database_server
        if server is None:
            return
        waiting, writer = self.witness.add_customers(2)
        due_at = self.witness.says(waiting) + _DELAY_SECONDS
        time.sleep(max(0.0, due_at - self.witness.now() - 0.5))
        began_at = self.witness.now()
        server.stop_immediately(self.arena.fleet)
        taken_at = self.witness.wait(lambda: self.witness.is_taken(writer, f"m_{began_at}"), _LONG_SECONDS, "a 200")
        sent_at = self.witness.wait_for_send(waiting, is_response=False, after=began_at)
        self.measured["PostgreSQL -m immediate -> a webhook's first 200"].append(taken_at - began_at)
        self.measured["PostgreSQL -m immediate, a message due then -> sent"].append(sent_at - began_at)

    def _has_caught_up(self) -> bool:
        now = round(self.witness.now() * 1e6)
        due = f"SELECT count(*) FROM reengagement WHERE state IN ('planned', 'claimed') AND due_at < {now}"  # noqa: S608  a number
        return self.arena.ask(_OPEN_ANSWERS) == "0" and self.arena.ask(due) == "0"

    def _leader(self) -> Member:
        """The ticker that leads: while it stands still the lease is not renewed."""
        for member in self.arena.fleet.of("ticker"):
            self.arena.fleet.freeze(member)
            before = self.arena.ask(_SEEN)
            time.sleep(self.arena.installation.settings.leader_ttl.total_seconds() / 4 * 1.6)
            is_leading = self.arena.ask(_SEEN) == before
            self.arena.fleet.thaw(member)
            if is_leading:
                return member
        return self._leader()

    @contextmanager
    def _away(self, member: Member) -> Iterator[None]:
        try:
            yield
        finally:
            self.arena.fleet.hold(member, held=False)


def measure_recovery(
    run: Run, databases: Sequence[str], times: int, redis_away_seconds: float, report: Report
) -> Mapping[str, Mapping[str, Sequence[float]]]:
    """By database and name: the seconds that each measurement took."""
    found: dict[str, Mapping[str, Sequence[float]]] = {}
    for database in databases:
        plan = Plan(database, DAY_SECONDS, workers=2, delay=_DELAY)
        with standing_arena(run, plan) as arena:
            recovery = Recovery(arena, times, redis_away_seconds, report)
            recovery.measure()
            found[database] = dict(recovery.measured)
    return found


def readable_recovery(found: Mapping[str, Mapping[str, Sequence[float]]]) -> str:
    """A table: how often, median, worst."""
    lines = [f"{'times':>5} {'median s':>9} {'worst s':>9}  what"]
    for database, measured in found.items():
        lines.append(f"== {database}")
        for name, seconds in measured.items():
            lines.append(f"{len(seconds):>5} {statistics.median(seconds):>9.2f} {max(seconds):>9.2f}  {name}")
    return "\n".join(lines)
