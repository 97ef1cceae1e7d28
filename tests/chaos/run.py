"""One database's chaos from the first process to the verdict."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests

from tests.chaos.arena import Arena, ArenaError, Plan, standing_arena, wait_for
from tests.chaos.audit import Books, figures_of_sends, violations_of_sends
from tests.chaos.people import MUTE_HOURS, People
from tests.chaos.records import Tables, figures_of_records, violations_of_records
from tests.chaos.storm import Storm
from tests.servers import Run

_REST_SECONDS = 40.0  # beyond a day: for the last claims to be given up, leases to end, webhooks to be delivered
_TELL_SECONDS = 30.0
_OPEN = (
    "SELECT (SELECT count(*) FROM reply WHERE state IN ('planned', 'claimed'))"
    " + (SELECT count(*) FROM reengagement WHERE state IN ('planned', 'claimed'))"
)


@dataclass(frozen=True, slots=True)
class Options:
    """How long and how hard."""

    seed: int
    seconds: float
    kills: int = 0  # it goes on until there were so many kills and flushes, twice as long at most
    flushes: int = 0
    people: int = 150
    pause_seconds: float = 0.6  # between two blows, on average
    report: Callable[[str], None] = lambda _line: None
    logs_dir: Path | None = None  # where the processes' logs are kept


@dataclass
class Outcome:
    """What one database's run came to."""

    database: str
    seed: int
    seconds: float
    violations: list[str]
    kills: dict[str, int] = field(default_factory=dict)
    blows: dict[str, int] = field(default_factory=dict)
    at_their_step: dict[str, int] = field(default_factory=dict)
    missed: dict[str, int] = field(default_factory=dict)
    untried: list[str] = field(default_factory=list)
    acts: dict[str, int] = field(default_factory=dict)
    figures: dict[str, int] = field(default_factory=dict)
    own_ends: list[str] = field(default_factory=list)
    disk: str | None = None

    @property
    def kill_count(self) -> int:
        return sum(self.kills.values())

    @property
    def flush_count(self) -> int:
        return self.blows.get("flush", 0)


def run_chaos(run: Run, plan: Plan, options: Options) -> Outcome:
    """Stand up, let everybody act while everything goes wrong, wait for rest, audit."""
    dice = random.Random(f"{options.seed}:{plan.database}")  # noqa: S311  to be repeatable
    with standing_arena(run, plan) as arena:
        options.report(f"{plan.database}: everything stands; {options.seconds:g} s of chaos begin")
        people, storm = People(arena, options.seed, options.people), Storm(arena, dice)
        began_at = time.monotonic()
        try:
            people.start()
            storm.brew()
            storm.rage(pause_seconds=options.pause_seconds, is_over=_end_of(arena, storm, options))
        finally:
            people.stop()
            storm.end()
        seconds = time.monotonic() - began_at
        options.report(f"{plan.database}: calm; waiting for rest")
        violations = _rest(arena)
        outcome = _judge(arena, options.seed, seconds, violations)
        if options.logs_dir is not None:
            arena.keep_logs(options.logs_dir / plan.database)
        outcome.blows, outcome.missed = dict(storm.counts), dict(storm.missed)
        outcome.untried = storm.untried()
        outcome.at_their_step = dict(storm.deeds.at_their_step)
        outcome.acts = {**people.acts, **{f"{what} (refused)": n for what, n in people.failed.items()}}
        return outcome


def _end_of(arena: Arena, storm: Storm, options: Options) -> Callable[[], bool]:
    """Whether it has lasted long enough; says every half minute how far it is."""
    began_at = told_at = arena.clock.elapsed()

    def is_over() -> bool:
        nonlocal told_at
        now, kills, flushes = arena.clock.elapsed(), sum(arena.fleet.struck.values()), storm.counts["flush"]
        if now - told_at >= _TELL_SECONDS:
            told_at = now
            options.report(f"{arena.plan.database}: {now - began_at:.0f} s, {kills} kills, {flushes} flushes")
        has_enough = kills >= options.kills and flushes >= options.flushes
        return now - began_at >= options.seconds * (1 if has_enough else 2)

    return is_over


def _rest(arena: Arena) -> list[str]:
    """Wait until nothing is owed any more; what never came to rest is a violation."""
    limit_seconds = arena.day_seconds + _REST_SECONDS
    waited_for: dict[str, Callable[[], Any]] = {
        "everything to be ready": arena.is_ready,
        "the platform's webhooks to be taken": lambda: _webhooks_waiting(arena) == 0,
        "every plan, claim and answer to come to its end": lambda: arena.ask(_OPEN) == "0",
        "the ticker to be heard of again": lambda: _ticker_is_heard(arena),
        "the last webhooks": lambda: _webhooks_waiting(arena) == 0,
    }
    for what, condition in waited_for.items():
        try:
            wait_for(condition, limit_seconds, what)
        except ArenaError as error:
            return [f"no rest {error}"]
    return []


def _webhooks_waiting(arena: Arena) -> int:
    return int(requests.get(f"{arena.sandbox_url}/sandbox/health", timeout=10).json()["webhooks_waiting"])


def _ticker_is_heard(arena: Arena) -> bool:
    seen = arena.ask("SELECT seen_at FROM lease WHERE name = 'ticker'")
    age = arena.clock.now().timestamp() - int(seen or 0) / 1e6
    return age < arena.installation.settings.leader_ttl / timedelta(seconds=1)


def _judge(arena: Arena, seed: int, seconds: float, violations: list[str]) -> Outcome:
    log = requests.get(f"{arena.sandbox_url}/sandbox/log", timeout=60).json()["entries"]
    tables = Tables.of(arena.installation.database)
    books = Books(
        log,
        tables.reengagements,
        tables.replies,
        dict(arena.platform_link.began_at),
        arena.day_seconds,
        MUTE_HOURS / 24 * arena.day_seconds,
    )
    violations = [*violations, *violations_of_sends(books), *violations_of_records(tables, log)]
    return Outcome(
        database=arena.plan.database,
        seed=seed,
        seconds=seconds,
        violations=violations,
        kills=dict(arena.fleet.struck),
        figures=figures_of_sends(books) | figures_of_records(tables, log),
        own_ends=list(arena.fleet.own_ends),
        disk=arena.disk.kind if arena.disk else None,
    )
