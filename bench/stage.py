"""What rows stand on: private servers for the whole run, fresh databases and processes for each row."""

import itertools
import json
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from cryptography.fernet import Fernet
from sqlalchemy import make_url

from bench.deliveries import SECRET, VERIFY_TOKEN
from bench.load import LoadSpec
from bench.machine import Family
from bench.platform_server import ARRIVALS_PATH
from bench.processes import Crew, free_port, listens, python
from botapp.bootstrap.foundation import PLATFORM
from botapp.bootstrap.installation import Installation
from botapp.campaign.file import Limits, read_campaign
from botapp.campaign.pages import PageDraft, add_or_change_page
from botapp.campaign.publish import apply_campaign
from botapp.clock import SystemClock
from botapp.settings import load_settings
from botapp.storage import accounts
from botapp.storage.accounts import Account
from tests.databases import postgresql_copy, sqlite_copy
from tests.servers import Run, library_url, start_postgresql, start_redis
from tests.world import CAMPAIGN

DATABASES = ("postgresql", "sqlite")
PAGE_ID = "1000"
# As PostgreSQL comes, durable, with room for the largest row and the columns that profiles need.
_POSTGRESQL_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "300",
    "shared_buffers": "2GB",
    "max_wal_size": "16GB",
    "timezone": "UTC",
}


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured: a run of minutes for tests and first looks, or the whole."""

    quick: bool
    full_rounds: int = 3

    def pick(self, full: Any, quick: Any) -> Any:  # noqa: ANN401  rows pick numbers, lists and texts
        return quick if self.quick else full

    @property
    def rounds(self) -> int:
        return 1 if self.quick else self.full_rounds

    @property
    def seconds(self) -> float:
        """Of one measurement of a rate."""
        return 0.2 if self.quick else 2.0


@dataclass
class House:
    """One installation: its settings, its parts in this process, and its processes."""

    environment: dict[str, str]
    crew: Crew
    name: str

    @cached_property
    def installation(self) -> Installation:
        values = {name.removeprefix("BOTAPP_").lower(): value for name, value in self.environment.items()}
        return Installation(load_settings(**values), SystemClock())

    def add_page(self, page_id: str = PAGE_ID) -> Account:
        """A page with a campaign of one rule."""
        database = self.installation.database
        draft = PageDraft(PLATFORM, page_id, "page-token", {"name": "Bench"}, {"zone": "UTC", "language": "en"})
        add_or_change_page(database, self.installation.vault, draft)
        with database.reading() as connection:
            account = accounts.find_by_pages(connection, PLATFORM, [page_id])[page_id]
        limits = Limits(2000, self.installation.rules.window, self.installation.settings.send_allowance)
        apply_campaign(database, account.id, read_campaign(CAMPAIGN.encode(), limits), publish=True)
        return account

    def web(self, **settings: str) -> tuple[int, Family]:
        """A web server on a port of its own."""
        port = free_port()
        changed = {f"BOTAPP_{name.upper()}": value for name, value in settings.items()}
        environment = {**self.environment, **changed, "BOTAPP_HTTP_PORT": str(port)}
        name = f"{self.name}-web-{port}"
        return port, self.crew.start(name, python("botapp", "web"), environment, listens(port))

    def process(self, part: str, number: int = 1) -> Family:
        """A worker or a ticker."""
        return self.crew.start(f"{self.name}-{part}-{number}", python("botapp", part), self.environment)


class Arrival(NamedTuple):
    """A message at the platform."""

    epoch: float
    psid: str
    messaging_type: str


@dataclass(frozen=True, slots=True)
class Platform:
    """Where messages go."""

    url: str

    def arrivals(self) -> list[Arrival]:
        """Everything that it accepted so far, in order."""
        with urllib.request.urlopen(f"{self.url}{ARRIVALS_PATH}", timeout=30) as answer:
            return [Arrival(*each) for each in json.load(answer)]


@dataclass
class Stage:
    """One row's: databases, processes and a directory, all gone after it."""

    run: Run
    servers: "Servers"
    size: Size
    crew: Crew
    directory: Path
    _stack: ExitStack
    _postgresql_urls: list[str] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @contextmanager
    def part(self) -> Iterator["Stage"]:
        """A stage that ends before this one does, for what is too large to stand beside the rest."""
        with open_stage(self.run, self.servers, self.size, self.directory.name) as stage:
            yield stage

    def house(self, database: str, **settings: str) -> House:
        """A new installation on an empty database, with one page."""
        number = next(self._numbers)
        home = self.directory / f"house-{number}"
        home.mkdir()
        given = {
            "var_dir": str(home),
            "database_url": self._database_url(database, home),
            "redis_url": self.servers.redis(f"redis-{self.directory.name}-{number}"),
            "secret_key": Fernet.generate_key().decode(),
            "graph_url": "http://127.0.0.1:9",
            "sandbox": "off",
            "messenger_app_secret": SECRET,
            "messenger_verify_token": VERIFY_TOKEN,
            "messenger_app_id": "5",
            "sends_per_second": "300",
            **settings,
        }
        house = House({f"BOTAPP_{name.upper()}": value for name, value in given.items()}, self.crew, f"house-{number}")
        house.add_page()
        self._stack.callback(house.installation.database.close)
        return house

    def limit(self, *options: str) -> tuple[int, Family]:
        """The view that only verifies and parses, behind a server of its own with the same options."""
        port = free_port()
        command = python("bench.limit_server", str(port), *options)
        return port, self.crew.start(f"limit-{port}", command, {}, listens(port))

    def platform(self, latency_seconds: float) -> Platform:
        """A platform that accepts everything after that time."""
        port = free_port()
        command = python("bench.platform_server", str(port), str(latency_seconds))
        self.crew.start(f"platform-{port}", command, {}, listens(port))
        return Platform(f"http://127.0.0.1:{port}")

    def load(self, spec: LoadSpec, *, may_fail: bool = False) -> dict[str, Any]:
        """Send deliveries from a process of its own; what came of it. Anything but 200 is a fault of the benchmark."""
        done = subprocess.run(
            python("bench.load"), input=json.dumps(asdict(spec)), capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"the load ended: {done.stderr[-2000:]}")
        found: dict[str, Any] = json.loads(done.stdout)
        if not may_fail and (set(found["statuses"]) - {"200"} or not found["requests"]):
            raise RuntimeError(f"not everything was answered 200: {found['statuses']}\n{self.crew.log_tails()}")
        return found

    def warm(self, *ports: int) -> None:
        """Let servers do once what they do only once, autovacuum's first look at new tables included."""
        for port in ports:
            self.load(LoadSpec(port, self.size.pick(1.5, 0.1), 16, PAGE_ID))
        for url in self._postgresql_urls:
            with psycopg.connect(library_url(url), autocommit=True) as connection:
                connection.execute("ANALYZE")

    def _database_url(self, database: str, home: Path) -> str:
        if database == "sqlite":
            return sqlite_copy(self.run, home / "botapp.db")
        name = f"{self.run.name}_{self.directory.name}_{home.name}".replace("-", "_")
        url = self._stack.enter_context(postgresql_copy(self.run, self.servers.postgresql, name))
        self._postgresql_urls.append(url)
        return url


@dataclass
class Servers:
    """Started when first asked for, and gone with the run."""

    run: Run
    _redis: dict[str, str] = field(default_factory=dict)

    @cached_property
    def postgresql(self) -> str:
        return start_postgresql(self.run, _POSTGRESQL_SETTINGS)

    def redis(self, name: str) -> str:
        if name not in self._redis:
            self._redis[name] = start_redis(self.run, name)
        return self._redis[name]

    @cached_property
    def postgresql_family(self) -> Family:
        """The server with all that serve its connections."""
        with psycopg.connect(library_url(self.postgresql)) as connection:
            return Family(connection.info.backend_pid).parent()

    @cached_property
    def postgresql_version(self) -> str:
        with psycopg.connect(library_url(self.postgresql)) as connection:
            return str(connection.execute("SHOW server_version").fetchone()[0])  # type: ignore[index]  # SHOW has a row


@contextmanager
def open_stage(run: Run, servers: Servers, size: Size, name: str) -> Iterator[Stage]:
    """Everything of it ends with the block."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=f"{name}-", dir=run.directory)))
        databases = stack.enter_context(ExitStack())
        crew = stack.enter_context(Crew(directory))
        yield Stage(run, servers, size, crew, directory, databases)


def plain_url(url: str) -> str:
    """A database's URL as its driver understands it: psycopg's, or the path of an SQLite file."""
    parsed = make_url(url)
    return str(parsed.database) if parsed.get_backend_name() == "sqlite" else library_url(url)
