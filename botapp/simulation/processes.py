"""The processes of an installation: web, workers, tickers. Each is production code; what dies is started again."""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

from botapp.channels.messenger.envelope import parse
from botapp.clock import Clock
from botapp.conversation.receive import Receiver
from botapp.conversation.reply import ReplySender
from botapp.reengagement.send import ReengagementSender
from botapp.simulation.clockwork import MINUTE, SECOND, Clockwork, HostClock, Process, Thread
from botapp.simulation.deliveries import Delivery
from botapp.simulation.faults import Misfortune
from botapp.simulation.record import Record
from botapp.simulation.redis import SimulatedRedis
from botapp.simulation.trace import Acknowledged, Stored
from botapp.workers.ticker import Ticker

_SLICE_SECONDS = 2.0  # as workers.worker works
_DRIFT_MILLIONTHS = 3  # of a clock that is disciplined now and then: some seconds in ten days


def take_delivery(
    receiver: Receiver,
    body: Mapping[str, Any],
    opening_kinds: frozenset[str],
    clock: Clock,
    ring: Callable[[], bool],
    acknowledge: Callable[[], None],
) -> None:
    """As web.webhooks: commit, ring, and only then 200."""
    received_at = clock.now()
    receipt = receiver.receive(parse(body, opening_kinds), received_at)
    if receipt.answers_owed:
        ring()
    acknowledge()


class InlineExecutor(Executor):
    """A pool of one thread, which is its caller: a job runs to its end, and others run whenever it waits."""

    def __init__(self, clockwork: Clockwork) -> None:
        self._clockwork = clockwork

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401  Executor's own signature
        thread = self._clockwork.current
        future: Future[Any] = Future()
        if thread is not None and args:
            thread.subject = args[0]
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001  as every pool does
            future.set_exception(error)
        finally:
            if thread is not None:
                thread.subject = None
        return future


@dataclass(slots=True)
class Staffing:
    """What every process is started with."""

    clockwork: Clockwork
    record: Record
    misfortune: Misfortune
    random: Random
    running: dict[str, list[Process]] = field(default_factory=dict)

    def start(self, kind: str, place: int) -> Process:
        """A new process on a host whose clock is as wrong as clocks are."""
        skew = self.misfortune.rates.skew_milliseconds * 1000
        offset = self.random.randint(-skew, skew)
        drift = self.random.randint(-_DRIFT_MILLIONTHS, _DRIFT_MILLIONTHS) if skew else 0
        process = Process(self.clockwork, kind, HostClock(self.clockwork, offset, drift), self._on_change)
        processes = self.running.setdefault(kind, [])
        if place == len(processes):
            processes.append(process)
        else:
            processes[place] = process
        self._on_change(process)
        return process

    def restart_delay(self) -> int:
        """A supervisor is quick, a machine that must be replaced is not."""
        shortest, longest = self.random.choices(((SECOND // 2, 20 * SECOND), (MINUTE, 15 * MINUTE)), (9, 1))[0]
        return self.random.randrange(shortest, longest)

    def _on_change(self, process: Process) -> None:
        """Where none of a kind runs, everybody waits."""
        if any(other.is_running for other in self.running.get(process.kind, ())):
            self.record.recovers(f"no {process.kind}")
        else:
            self.record.falls_ill(f"no {process.kind}")


@dataclass(slots=True)
class Host:
    """A place where a process runs; `build` makes its production parts anew whenever it starts."""

    staffing: Staffing
    kind: str
    place: int
    build: Callable[[Process], Any]
    process: Process = field(init=False)
    parts: Any = field(init=False)

    def __post_init__(self) -> None:
        self._start()

    def _start(self) -> None:
        self.process = self.staffing.start(self.kind, self.place)
        self.parts = self.build(self.process)

    def spawn(self, run: Callable[[], object], on_end: Callable[[bool], object] | None = None) -> Thread:
        """A thread of the process as it is now."""
        return Thread(self.staffing.clockwork, self.process, run, on_end)

    def watch(self) -> None:
        """Called whenever something ended: start anew what died."""
        if self.process.is_dead and not self.process.is_mourned:
            self.process.is_mourned = True
            clockwork = self.staffing.clockwork
            clockwork.at(clockwork.now + self.staffing.restart_delay(), self._start)


@dataclass(slots=True)
class Web:
    """Takes deliveries as web.webhooks does."""

    host: Host
    redis: SimulatedRedis
    take_delivery: Callable[..., None]
    opening_kinds: frozenset[str]
    answered: Callable[..., None]

    def post(self, delivery: Delivery) -> bool:
        """A connection comes in. False if nobody listens."""
        if self.host.process.is_dead:
            return False
        thread = self.host.spawn(lambda: self._handle(delivery), lambda ok: self._end(delivery, ok))
        thread.on_commit = lambda: self._stored(delivery.mids())
        thread.go_on()
        return True

    def _handle(self, delivery: Delivery) -> None:
        receiver: Receiver = self.host.parts
        staffing = self.host.staffing
        thread = staffing.clockwork.current
        if thread is not None:
            staffing.misfortune.pass_by(thread, "webhook")
        self.take_delivery(
            receiver, delivery.body(), self.opening_kinds, self.host.process.clock, self.redis.ring,
            lambda: self._acknowledge(delivery),
        )  # fmt: skip

    def _stored(self, mids: tuple[str, ...]) -> None:
        record = self.host.staffing.record
        record.stored(mids)
        record.tell(Stored(record.now(), mids))

    def _acknowledge(self, delivery: Delivery) -> None:
        record = self.host.staffing.record
        record.tell(Acknowledged(record.now(), delivery.mids()))
        self.answered(delivery, ok=True)

    def _end(self, delivery: Delivery, ok: bool) -> None:
        if not ok:
            self.answered(delivery, ok=False)
        self.host.watch()


@dataclass(slots=True)
class WorkerParts:
    replies: ReplySender
    reengagements: ReengagementSender


@dataclass(slots=True)
class Worker:
    """Waits at the doorbell and works as workers.worker.Duties does: answering and sending beside each other."""

    host: Host
    redis: SimulatedRedis
    _busy: dict[Process, int] = field(default_factory=dict)

    def listen(self) -> None:
        """If it is idle and there is a job, take it."""
        process = self.host.process
        if not process.is_running or self._busy.get(process, 0) or not self.redis.take_job():
            return
        parts: WorkerParts = self.host.parts
        pool = InlineExecutor(self.host.staffing.clockwork)
        self._busy = {process: 2}
        for drain in (parts.replies.drain, parts.reengagements.drain):
            self.host.spawn(partial(drain, pool, _SLICE_SECONDS), lambda _ok: self._end(process)).start()

    def _end(self, process: Process) -> None:
        self._busy[process] = self._busy.get(process, 1) - 1
        self.host.watch()
        if self._busy[process] <= 0 and not process.is_dead:
            self.listen()


@dataclass(slots=True)
class TickerHost:
    """Looks into the database when there is something to be seen."""

    host: Host
    _is_looking: bool = False

    @property
    def can_look(self) -> bool:
        return self.host.process.is_running and not self._is_looking

    def look(self) -> None:
        ticker: Ticker = self.host.parts
        self._is_looking = True
        self.host.spawn(ticker.tick_once, self._end).start()

    def _end(self, _ok: bool) -> None:
        self._is_looking = False
        self.host.watch()
