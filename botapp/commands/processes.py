"""`botapp web`, `worker`, `ticker`, `sandbox`: one process each, for containers and for `botapp up`."""

import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

import click

from botapp.bootstrap import Installation
from botapp.logs import configure_logs
from botapp.sandbox.app import Page, SandboxSettings, create_sandbox
from botapp.sandbox.server import serve
from botapp.settings import Settings, load_settings, require_messenger
from botapp.storage import accounts
from botapp.workers.jobs import open_redis
from botapp.workers.worker import run_worker


@click.command()
def web() -> None:
    """Receive webhooks (gunicorn)."""
    settings = Installation.of(load_settings()).settings
    require_messenger(settings)
    command = [sys.executable, "-m", "gunicorn", *_server_options(settings), "botapp.wsgi:create()"]
    os.execv(sys.executable, command)  # noqa: S606  the process becomes the server, so that signals reach it


@click.command()
def worker() -> None:
    """Answer customers and send what is due."""
    configure_logs()
    installation = Installation.of(load_settings())
    run_worker(open_redis(installation.redis_url), installation.duties())


@click.command()
def ticker() -> None:
    """Look for what is due, several times a second. Any number may run; one leads."""
    configure_logs()
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    Installation.of(load_settings()).ticker().run(stop)


@click.command()
def sandbox() -> None:
    """Stand in for the platform, with a page to play the customer."""
    configure_logs()
    installation = Installation.of(load_settings())
    settings = installation.settings
    require_messenger(settings)

    def load_pages() -> dict[str, Page]:
        with installation.database.reading() as connection:
            pages = accounts.load_all(connection)
        return {page.page_id: Page(installation.vault.open(page.token_encrypted), page.name) for page in pages}

    app = create_sandbox(
        SandboxSettings(
            webhook_url=f"{settings.web_url}/webhooks/messenger",
            app_secret=settings.app_secrets[0],
            verify_token=settings.messenger_verify_token.get_secret_value() if settings.messenger_verify_token else "",
            day_seconds=settings.day.total_seconds(),
            journal_path=settings.var_dir / "sandbox.jsonl",
            load_pages=load_pages,
        ),
        installation.clock,
    )
    serve(app, "127.0.0.1", settings.sandbox_port)


def _server_options(settings: Settings) -> list[str]:
    # SQLite has one writer, so one process; PostgreSQL takes as many as are asked for.
    processes = settings.web_processes if settings.database_url else 1
    options = {
        "--bind": f"{settings.http_host}:{settings.http_port}",
        "--worker-class": "gthread",
        "--workers": str(processes),
        "--threads": str(settings.web_threads),
        "--graceful-timeout": "3",
        "--keep-alive": "30",
        "--log-level": "warning",
    }
    memory = Path("/dev/shm")  # noqa: S108  gunicorn's heartbeat files; a slow disk there makes workers look dead
    if memory.is_dir() and os.access(memory, os.W_OK):
        options["--worker-tmp-dir"] = str(memory)
    return ["--no-control-socket", *(part for pair in options.items() for part in pair)]
