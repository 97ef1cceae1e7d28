"""Everything that can be done to an arena. Each deed answers whether it struck what it was meant to strike."""

import contextlib
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

import psutil

from tests.chaos.arena import Arena
from tests.chaos.link import Exchange, Link, Step, Trap
from tests.chaos.members import Member

_TRAP_SECONDS = 3.0  # then the blow falls all the same, on whomever
_CLAIM_SECONDS = 3.0
_SHORT_SECONDS = (0.1, 3.0)
_LONG_SECONDS = (6.0, 10.0)  # beyond the life of a claim and of the ticker's lease
_LONG_CHANCE = 0.1
_OURS = ("web", "worker", "ticker")

Deed = Callable[[random.Random], bool]


@dataclass
class Deeds:
    """By name; `weights` says how often each is in the deck."""

    arena: Arena
    calm: threading.Event = field(default_factory=threading.Event)  # set: whatever lasts ends now
    at_their_step: Counter[str] = field(default_factory=Counter)  # blows at a chosen step that met it

    def table(self) -> Mapping[str, tuple[int, Deed]]:
        """Name -> how often in the deck, and how to do it."""
        write, deliver = self._at_a_write, self._at_a_delivery
        deeds: dict[str, tuple[int, Deed]] = {
            "kill a worker": (6, partial(self._kill, "worker")),
            "kill a ticker": (4, partial(self._kill, "ticker")),
            "kill a web": (3, partial(self._kill, "web")),
            "kill a web's master alone": (2, partial(self._kill, "web", alone=True)),
            "kill a web's worker": (24, self._kill_inner),
            "kill redis": (10, partial(self._kill, "redis")),
            "kill a worker that has written headers": (3, partial(write, Step.HEAD, swallow=False)),
            "kill a worker that has written, keep it back": (4, partial(write, Step.BODY, swallow=True)),
            "kill a worker that has written": (4, partial(write, Step.BODY, swallow=False)),
            "kill a worker whose message is with the platform": (4, partial(write, Step.PASSED, swallow=False)),
            "kill a worker whose answer is on its way": (4, partial(write, Step.ANSWER, swallow=True)),
            "kill the workers at a claim": (2, self._at_a_claim),
            "kill a web that was handed a webhook": (6, partial(deliver, Step.PASSED)),
            "kill a web that has answered 200, and keep it back": (6, partial(deliver, Step.ANSWER)),
            "freeze a worker between headers and body": (4, self._freeze_at_headers),
            "freeze a worker": (4, partial(self._freeze, "worker")),
            "freeze a web": (2, partial(self._freeze, "web")),
            "freeze a ticker": (2, partial(self._freeze, "ticker")),
            "flush": (9, lambda _dice: self.arena.flush()),
            "redis away": (2, self._redis_away),
            "cut the link": (3, partial(self._cut, self.arena.platform_link, keeps_for_the_dead=False)),
            "cut the link, deliver for the dead": (
                3,
                partial(self._cut, self.arena.platform_link, keeps_for_the_dead=True),
            ),
            "refuse at the link": (2, self._refuse),
            "cut the door": (2, partial(self._cut, self.arena.door, keeps_for_the_dead=False)),
        }
        return {**deeds, **self._of_the_database()}

    def _of_the_database(self) -> Mapping[str, tuple[int, Deed]]:
        server, disk, fleet = self.arena.database_server, self.arena.disk, self.arena.fleet
        if server is not None:
            return {
                "kill -9 of all PostgreSQL": (2, lambda _dice: server.crash(fleet)),
                "PostgreSQL -m immediate": (2, lambda _dice: server.stop_immediately(fleet)),
            }
        if disk is None:
            return {}

        def fill(dice: random.Random) -> bool:
            with disk.full(fleet, _OURS):
                self._pause(dice.uniform(*_SHORT_SECONDS))
            return True

        return {"fill the disk": (3, fill)}

    # Blows on whomever.

    def _kill(self, part: str, dice: random.Random, *, alone: bool = False) -> bool:
        """One that has had time to do something: the deaths of those who only begin prove little."""
        members = [m for m in self.arena.fleet.of(part) if part == "redis" or self.arena.fleet.is_grown_up(m)]
        return bool(members) and self.arena.fleet.kill(dice.choice(members), alone=alone)

    def _kill_inner(self, dice: random.Random) -> bool:
        return self.arena.fleet.kill_inner(self._one_of("web", dice))

    def _freeze(self, part: str, dice: random.Random) -> bool:
        member = self._one_of(part, dice)
        if not self.arena.fleet.freeze(member):
            return False
        self._pause(dice.uniform(*_LONG_SECONDS if dice.random() < _LONG_CHANCE else _SHORT_SECONDS))
        self.arena.fleet.thaw(member)
        return True

    def _redis_away(self, dice: random.Random) -> bool:
        return self.arena.fleet.kill(self._one_of("redis", dice), away_seconds=dice.uniform(0.5, 4))

    def _cut(self, link: Link, dice: random.Random, *, keeps_for_the_dead: bool) -> bool:
        link.cut(keeps_for_the_dead=keeps_for_the_dead)
        self._pause(dice.uniform(*_SHORT_SECONDS))
        link.mend()
        return True

    def _refuse(self, dice: random.Random) -> bool:
        self.arena.platform_link.refuse()
        self._pause(dice.uniform(*_SHORT_SECONDS))
        self.arena.platform_link.accept()
        return True

    # Blows at a chosen step.

    def _at_a_write(self, step: Step, dice: random.Random, *, swallow: bool) -> bool:
        """Kill the worker whose exchange with the platform is the next to reach the step."""

        def strike(exchange: Exchange) -> bool:
            member = worker_behind(self.arena, exchange.port)
            return member is not None and self.arena.fleet.kill(member)

        trap = _Snare(self.arena.platform_link, step, strike, swallow=swallow, proactive_only=step is not Step.HEAD)
        return self._met(trap, f"written: {step}") or self._kill("worker", dice)

    def _at_a_delivery(self, step: Step, dice: random.Random) -> bool:
        """Kill the web's process that has a webhook in hand, or has just committed one and said so to nobody."""

        def strike(exchange: Exchange) -> bool:
            member = self.arena.fleet.members[f"web-{self.arena.web_ports.index(exchange.target) + 1}"]
            return self.arena.fleet.kill_inner(member)

        trap = _Snare(self.arena.door, step, strike, swallow=step is Step.ANSWER)
        return self._met(trap, f"webhook: {step}") or self._kill_inner(dice)

    def _at_a_claim(self, dice: random.Random) -> bool:
        """Wait until a claim is committed, then kill every worker: one of them made it."""
        newest = "SELECT max(claimed_at) FROM reengagement WHERE state = 'claimed'"
        ends_at, before = self.arena.clock.elapsed() + _CLAIM_SECONDS, self.arena.ask(newest)
        while self.arena.clock.elapsed() < ends_at and not self.calm.is_set():
            if self.arena.ask(newest) not in (before, None):
                self.at_their_step["claimed"] += 1
                killed = [self.arena.fleet.kill(member) for member in self.arena.fleet.of("worker")]
                return any(killed)
            time.sleep(0.001)
        return self._kill("worker", dice)

    def _freeze_at_headers(self, dice: random.Random) -> bool:
        """SIGSTOP between the headers and the body: the last look at the clock comes after the thaw, or came before.

        Where it came before, the body is as late as the freeze is long. The allowance for a send is there for that:
        with what a claim may have aged before, and a busy machine's own delays, half of it is as much as it covers.
        """
        frozen: list[Member] = []

        def strike(exchange: Exchange) -> bool:
            member = worker_behind(self.arena, exchange.port)
            if member is not None and self.arena.fleet.freeze(member):
                frozen.append(member)
            return bool(frozen)

        if not self._met(_Snare(self.arena.platform_link, Step.HEAD, strike), "frozen at headers"):
            return self._freeze("worker", dice)
        self._pause(self.arena.send_allowance_seconds * dice.uniform(0.3, 0.5))
        self.arena.fleet.thaw(frozen[0])
        return True

    def _met(self, snare: "_Snare", what: str) -> bool:
        if not snare.waits(_TRAP_SECONDS):
            return False
        self.at_their_step[what] += 1
        return True

    def _one_of(self, part: str, dice: random.Random) -> Member:
        """Rather one that has had time to do something."""
        members = self.arena.fleet.of(part)
        return dice.choice([m for m in members if self.arena.fleet.is_grown_up(m)] or members)

    def _pause(self, seconds: float) -> None:
        self.calm.wait(seconds)


class _Snare:
    """A trap that is waited for, and taken away when it was not sprung in time."""

    def __init__(
        self,
        link: Link,
        step: Step,
        strike: Callable[[Exchange], bool],
        *,
        swallow: bool = False,
        proactive_only: bool = False,
    ) -> None:
        self._link = link
        self._sprung = threading.Event()
        self._strike = strike
        self._trap = Trap(step, self._spring, proactive_only=proactive_only, swallow=swallow)

    def waits(self, seconds: float) -> bool:
        self._link.arm(self._trap)
        try:
            return self._sprung.wait(seconds)
        finally:
            self._link.disarm(self._trap)

    def _spring(self, exchange: Exchange) -> None:
        if self._strike(exchange):
            self._sprung.set()


def worker_behind(arena: Arena, port: int) -> Member | None:
    """The worker with a connection from this port. Fit to be called by a trap: it takes milliseconds."""
    for member in arena.fleet.of("worker"):
        with contextlib.suppress(psutil.Error):
            if member.process is not None and _has_port(psutil.Process(member.process.pid), port):
                return member
    return None


def _has_port(process: psutil.Process, port: int) -> bool:
    return any(connection.laddr[1:2] == (port,) for connection in process.net_connections("tcp4"))
