"""`botapp up` as people run it: a process of its own, on ports of its own, seen only from outside."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import Row, Select, select

from botapp.bootstrap.installation import Installation
from botapp.settings import load_settings
from botapp.storage.engine import Database
from botapp.storage.schema import contact, inbound_event, ledger_entry, reengagement, reply

_READY_SECONDS = 60.0
_LOOK_SECONDS = 0.02
_ANSWER_SECONDS = 10.0
_PORTS = range(18_000, 32_000)  # below those that the system gives to outgoing connections
CAMPAIGN = """
[[templates]]
name = "still-here"
text = "Hello {first_name|there}, shall I go on?"
language = "en"
purpose = "service"

[[rules]]
name = "one-more-message"
template = "still-here"
delay = "DELAY"
"""


def free_port() -> int:
    """A port of the loopback address that nobody listens on."""
    while True:
        port = random.SystemRandom().choice(_PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@dataclass
class Instance:
    """One var directory and what runs in it."""

    var_dir: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    http_port: int = field(default_factory=free_port)
    sandbox_port: int = field(default_factory=free_port)
    process: "subprocess.Popen[str] | None" = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def sandbox_url(self) -> str:
        return f"http://127.0.0.1:{self.sandbox_port}"

    @property
    def settings(self) -> dict[str, str]:
        """The environment that the instance and every command of its user have."""
        return {
            "BOTAPP_VAR_DIR": str(self.var_dir),
            "BOTAPP_HTTP_PORT": str(self.http_port),
            "BOTAPP_SANDBOX_PORT": str(self.sandbox_port),
            **self.environment,
        }

    def command(self, *arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        """`botapp …` to its end."""
        return subprocess.run(  # noqa: S603  # our own program
            [sys.executable, "-m", "botapp", *arguments],
            env=self._environment(settings),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=self.var_dir,
        )

    def start(self, *arguments: str) -> None:
        """`botapp up …`; returns once it says that it is ready."""
        with self._output.open("a") as output:
            self.process = subprocess.Popen(  # noqa: S603  # our own program
                [sys.executable, "-m", "botapp", "up", *arguments],
                env=self._environment({}),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                text=True,
                cwd=self.var_dir,
            )
        deadline = time.monotonic() + _READY_SECONDS
        while f"ready {self.url}\n" not in self.said():
            assert self.process.poll() is None, f"botapp up ended: {self.said()}"
            assert time.monotonic() < deadline, f"botapp up was never ready: {self.said()}"
            time.sleep(_LOOK_SECONDS)

    def said(self) -> str:
        """What `botapp up` printed so far, both streams."""
        return self._output.read_text() if self._output.exists() else ""

    def log(self, part: str) -> str:
        return (self.var_dir / "log" / f"{part}.log").read_text()

    def family(self) -> dict[int, str]:
        """Process id and command of everything alive that was started for this instance."""
        mark = f"BOTAPP_VAR_DIR={self.var_dir}".encode()
        found = {}
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # ended meanwhile, or a zombie
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                # Redis writes its title over its environment; the title names its socket.
                if mark in (process / "environ").read_bytes().split(b"\0") or f"{self.var_dir}/redis" in command:
                    found[int(process.name)] = command
        return found

    def members(self, part: str) -> list[int]:
        """The processes of one part: "web", "worker", "ticker", "sandbox", "redis"."""
        wanted = "valkey-server" if part == "redis" else f"-m botapp {part}"
        return sorted(number for number, command in self.family().items() if wanted in command)

    def signal(self, part: str, number: int) -> None:
        """A signal to every process of the part; who has just ended is passed over."""
        for process in self.members(part):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, number)

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(timeout=20)

    def end(self) -> None:
        """After a test, however it went: nothing is left."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=10)
        for number in self.family():
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)

    def apply(self, delay: str) -> None:
        """Publish a campaign in the place of the sandbox's own, with the delay of an unshortened day."""
        file = self.var_dir / "campaign.toml"
        file.write_text(CAMPAIGN.replace("DELAY", delay))
        done = self.command("campaign", "apply", str(file), "--publish")
        assert done.returncode == 0, done.stderr

    # What customers and the platform do.

    def post(self, path: str, body: object) -> Any:
        answer = requests.post(f"{self.sandbox_url}{path}", json=body, timeout=_ANSWER_SECONDS)
        answer.raise_for_status()
        return answer.json()

    def add_customer(self, name: str) -> str:
        """A person of the sandbox; their platform id."""
        return str(self.post("/sandbox/customers", {"name": name})["psid"])

    def says(self, psid: str, text: str, **more: object) -> str:
        """The person writes; the sandbox delivers the webhook. The message's id."""
        return str(self.post(f"/sandbox/customers/{psid}/message", {"text": text, **more})["message_id"])

    def platform_log(self) -> list[dict[str, Any]]:
        """Everything that the platform accepted and refused, in order."""
        answer = requests.get(f"{self.sandbox_url}/sandbox/log", timeout=_ANSWER_SECONDS)
        entries: list[dict[str, Any]] = answer.json()["entries"]
        return entries

    def platform_answers(self) -> bool:
        """False while the sandbox is away."""
        with contextlib.suppress(requests.RequestException):
            return requests.get(f"{self.sandbox_url}/sandbox/health", timeout=1).ok
        return False

    def accepted(self, psid: str) -> list[dict[str, Any]]:
        """What the platform accepted for a person, in order."""
        return [e for e in self.platform_log() if e["what"] == "send" and e["accepted"] and e["psid"] == psid]

    # What the database says.

    @contextlib.contextmanager
    def record(self) -> Iterator["Record"]:
        """The instance's database, to be read."""
        names = {name.removeprefix("BOTAPP_").lower(): value for name, value in self.settings.items()}
        installation = Installation.of(load_settings(**names))
        yield Record(installation.database)
        installation.database.close()

    @property
    def _output(self) -> Path:
        return self.var_dir / "up.output"

    def _environment(self, settings: Mapping[str, str]) -> dict[str, str]:
        # Bytecode is kept, as it is for users: without, every process spends half a second on compiling.
        kept = {n: v for n, v in os.environ.items() if not n.startswith("BOTAPP_") and n != "PYTHONDONTWRITEBYTECODE"}
        return {**kept, **self.settings, **settings}


class Record:
    """The database of an instance, read whole."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def reengagements(self) -> list[Row[Any]]:
        return self._rows(select(reengagement).order_by(reengagement.c.interaction_at))

    def replies(self) -> list[Row[Any]]:
        return self._rows(select(reply).order_by(reply.c.contact_id, reply.c.position))

    def contacts(self) -> list[Row[Any]]:
        return self._rows(select(contact))

    def people(self) -> dict[int, str]:
        """The platform's id of each contact."""
        return {row.id: row.platform_contact_id for row in self.contacts()}

    def event_keys(self) -> set[str]:
        return {row.event_key for row in self._rows(select(inbound_event.c.event_key))}

    def entries(self) -> list[Row[Any]]:
        return self._rows(select(ledger_entry).order_by(ledger_entry.c.contact_id, ledger_entry.c.sequence))

    def _rows(self, statement: Select[Any]) -> list[Row[Any]]:
        with self._database.reading() as connection:
            return list(connection.execute(statement))


Wait = Callable[..., None]
