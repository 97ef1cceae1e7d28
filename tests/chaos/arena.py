"""Everything that runs in production, as real processes of this run alone, on a shortened day, with wires to cut."""

import contextlib
import os
import random
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import redis
import requests
from cryptography.fernet import Fernet
from sqlalchemy.exc import OperationalError

from botapp.bootstrap.installation import Installation
from botapp.clock import Clock, SystemClock
from botapp.runtime import embedded_redis
from botapp.sandbox.people import APP_ID
from botapp.settings import load_settings
from botapp.storage.migrate import upgrade
from tests.chaos.link import Link
from tests.chaos.members import Fleet, Member, new_guard
from tests.chaos.pages import set_up_pages
from tests.chaos.servers import Postgresql, SmallDisk, postgresql, small_disk
from tests.scenarios.instance import free_port
from tests.servers import Run

APP_SECRET = "an-app-secret-for-chaos"
_VERIFY_TOKEN = "a-verify-token-for-chaos"
_READY_SECONDS = 90.0
_LOOK_SECONDS = 0.05
_WEB_THREADS = 8
_SEND_ALLOWANCE_HOURS = 2  # of a day of 40 s that is 3.3 s: a call may last 2 s and a claim be 0.67 s old
_TO_WORK_SECONDS = 2.0  # beyond the time that starting takes on this machine now


class ArenaError(Exception):
    """The arena did not stand up, or did not come to rest; the message says what was waited for."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to stand."""

    database: str  # "postgresql" or "sqlite"
    day_seconds: float = 40.0
    workers: int = 4
    tickers: int = 2
    delay: str = "3h"  # of the campaign's one rule, in hours of an unshortened day
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def webs(self) -> int:
        """SQLite has one writer, so it gets one web process."""
        return 2 if self.database == "postgresql" else 1


@dataclass
class Arena:
    """What stands, and where to get at it."""

    plan: Plan
    clock: Clock
    fleet: Fleet
    platform_link: Link  # from botapp to the sandbox
    door: Link  # from the sandbox to the web
    sandbox_url: str
    redis_url: str
    web_ports: list[int]
    installation: Installation  # of the judge: its own connections to the database
    database_server: Postgresql | None
    disk: SmallDisk | None

    @property
    def day_seconds(self) -> float:
        return self.plan.day_seconds

    @property
    def send_allowance_seconds(self) -> float:
        return self.plan.day_seconds * _SEND_ALLOWANCE_HOURS / 24

    def leader(self) -> str | None:
        """Who holds the ticker's lease, whether it still lives or not."""
        return self.ask("SELECT holder FROM lease WHERE name = 'ticker'")

    def ask(self, statement: str) -> str | None:
        """The first value of the first row, as text."""
        with self.installation.database.reading() as connection:
            value = connection.exec_driver_sql(statement).scalar()
        return None if value is None else str(value)

    def is_writable(self) -> bool:
        """Whether nobody keeps the database's lock to himself."""
        try:
            with self.installation.database.transaction():
                return True
        except OperationalError:
            return False

    def flush(self) -> bool:
        """FLUSHALL; False while Redis is away."""
        with contextlib.suppress(redis.RedisError), redis.Redis.from_url(self.redis_url, socket_timeout=2) as client:
            client.flushall()
            return True
        return False

    def keep_logs(self, directory: Path) -> None:
        """Copy what the processes wrote, the platform's journal and the story of the blows, to look at afterwards."""
        directory.mkdir(parents=True, exist_ok=True)
        home = self.installation.settings.var_dir
        for file in [*home.glob("*.log"), *home.glob("*.jsonl")]:
            shutil.copy(file, directory)
        (directory / "story.txt").write_text("\n".join(self.fleet.story) + "\n")

    def is_ready(self) -> bool:
        """Every web can commit a webhook, Redis answers, and a ticker leads."""
        with contextlib.suppress(requests.RequestException):
            answers = [requests.get(f"http://127.0.0.1:{p}/health/ready", timeout=2) for p in self.web_ports]
            return all(a.ok and a.json()["redis"] for a in answers) and self.leader() is not None
        return False


def wait_for(condition: Callable[[], object], seconds: float, what: str) -> None:
    """Raises ArenaError when it does not come true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise ArenaError(f"not within {seconds:g} s: {what}")
        time.sleep(_LOOK_SECONDS)


@contextmanager
def standing_arena(run: Run, plan: Plan) -> Iterator[Arena]:
    """Stands for as long as the block lasts; nothing of it is left afterwards."""
    clock = SystemClock()
    home = run.directory / f"{plan.database}-{random.SystemRandom().randrange(1 << 30)}"
    home.mkdir()
    with ExitStack() as stack:
        fleet = stack.enter_context(Fleet(clock, stack.enter_context(new_guard(home))))
        server = postgresql(run, fleet, f"{home.name}.server") if plan.database == "postgresql" else None
        disk = None if server else stack.enter_context(small_disk(home / "disk"))
        url = server.url if server else f"sqlite:///{home}/disk/botapp.db"
        if server is not None:
            wait_for(server.is_up, _READY_SECONDS, "PostgreSQL")
        arena = _assemble(stack, fleet, plan, home, url)
        arena.database_server, arena.disk = server, disk
        stack.callback(arena.installation.database.close)
        yield arena


def _assemble(stack: ExitStack, fleet: Fleet, plan: Plan, home: Path, database_url: str) -> Arena:
    clock = fleet.clock
    began_at = clock.elapsed()
    sandbox_port, web_ports = free_port(), [free_port() for _ in range(plan.webs)]
    environment = _environment(plan, home, database_url)
    settings = load_settings(**_names(environment), sandbox="on")
    hold = settings.bounded(settings.total_timeout)
    platform_link = stack.enter_context(Link([sandbox_port], clock, hold))
    door = stack.enter_context(Link(web_ports, clock, hold))
    upgrade(database_url)
    installation = Installation(settings, clock)
    set_up_pages(installation, plan.delay)
    ours = {**environment, "BOTAPP_GRAPH_URL": f"http://127.0.0.1:{platform_link.port}", "BOTAPP_SANDBOX": "off"}
    # Without the Python that runs before it in `botapp up`: it is killed so often that this would be most of its life.
    redis_home = embedded_redis.socket_path(home).parent
    redis_options = embedded_redis.server_arguments(redis_home, embedded_redis.socket_path(home))
    redis_command = [str(embedded_redis.server_program()), *redis_options]
    fleet.add(Member("redis", redis_command, environment, home / "redis.log"))
    theirs = {"BOTAPP_SANDBOX": "on", "BOTAPP_HTTP_PORT": str(door.port), "BOTAPP_SANDBOX_PORT": str(sandbox_port)}
    _add(fleet, "sandbox", {**environment, **theirs}, home)
    for number, port in enumerate(web_ports, 1):
        _add(fleet, f"web-{number}", {**ours, "BOTAPP_HTTP_PORT": str(port)}, home)
    for part, count in (("worker", plan.workers), ("ticker", plan.tickers)):
        for number in range(1, count + 1):
            _add(fleet, f"{part}-{number}", ours, home)
    arena = Arena(
        plan=plan,
        clock=clock,
        fleet=fleet,
        platform_link=platform_link,
        door=door,
        sandbox_url=f"http://127.0.0.1:{sandbox_port}",
        redis_url=embedded_redis.url(home),
        web_ports=web_ports,
        installation=installation,
        database_server=None,
        disk=None,
    )
    wait_for(lambda: _sandbox_answers(arena), _READY_SECONDS, "the sandbox")
    wait_for(arena.is_ready, _READY_SECONDS, "web, ticker and Redis")
    fleet.growing_seconds = _TO_WORK_SECONDS + clock.elapsed() - began_at
    return arena


def _environment(plan: Plan, home: Path, database_url: str) -> dict[str, str]:
    # Bytecode is kept, as it is for users: without, every process spends half a second on compiling.
    kept = {n: v for n, v in os.environ.items() if not n.startswith("BOTAPP_") and n != "PYTHONDONTWRITEBYTECODE"}
    return {
        **kept,
        "BOTAPP_VAR_DIR": str(home),
        "BOTAPP_DATABASE_URL": database_url,
        "BOTAPP_REDIS_URL": embedded_redis.url(home),
        "BOTAPP_DAY": f"{round(plan.day_seconds * 1000)}ms",
        "BOTAPP_SEND_ALLOWANCE": f"{_SEND_ALLOWANCE_HOURS}h",
        # Considerateness would end the conversations after two windows; the promises hold without it.
        "BOTAPP_CAP": "1000",
        **dict.fromkeys(("BOTAPP_KEEP_RAW_EVENTS", "BOTAPP_KEEP_EVENT_KEYS"), "10000d"),  # the audit reads them
        "BOTAPP_IGNORED_CAP": "0",
        # People here say stop and block more often than any guard bears: the rule would be paused, and nothing sent.
        "BOTAPP_HARM_CEILING": "0.999",
        "BOTAPP_RESPONSE_FLOOR": "0.0001",
        "BOTAPP_WEB_THREADS": str(_WEB_THREADS),
        "BOTAPP_MESSENGER_APP_SECRET": APP_SECRET,
        "BOTAPP_MESSENGER_VERIFY_TOKEN": _VERIFY_TOKEN,
        "BOTAPP_MESSENGER_APP_ID": APP_ID,
        "BOTAPP_SECRET_KEY": Fernet.generate_key().decode(),
        **plan.settings,
    }


def _names(environment: Mapping[str, str]) -> dict[str, str]:
    return {n.removeprefix("BOTAPP_").lower(): v for n, v in environment.items() if n.startswith("BOTAPP_")}


def _add(fleet: Fleet, name: str, environment: Mapping[str, str], home: Path) -> None:
    command = [sys.executable, "-m", "botapp", name.partition("-")[0]]
    fleet.add(Member(name, command, environment, home / f"{name}.log"))


def _sandbox_answers(arena: Arena) -> bool:
    with contextlib.suppress(requests.RequestException):
        return requests.get(f"{arena.sandbox_url}/sandbox/health", timeout=1).ok
    return False
