"""`botapp web`, `worker`, `ticker`, `sandbox`: one process each, for containers and for `botapp up`."""

import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

import click
from sqlalchemy.exc import SQLAlchemyError

from botapp.bootstrap import Installation
from botapp.logs import configure_logs
from botapp.sandbox.app import Page, SandboxSettings, create_sandbox
from botapp.sandbox.server import serve
from botapp.settings import Settings, load_settings, require_messenger
from botapp.storage import accounts
from botapp.storage.migrate import schema_version, wanted_version
from botapp.workers.jobs import open_redis
from botapp.workers.worker import run_worker


@click.command()
def web() -> None:
    """Receive webhooks (gunicorn)."""
    installation = Installation.of(load_settings())
    settings = installation.settings
    require_messenger(settings)
    _require_schema(installation)
    installation.database.close()  # what is forked shares no connection
    from gunicorn.app.wsgiapp import run as run_gunicorn  # type: ignore[import-untyped]  # noqa: PLC0415  only here needed; has no types

    # In this process and not a new one: what is imported here, its workers need not import again.
    sys.argv = ["gunicorn", *_server_options(settings), "botapp.wsgi:create()"]
    run_gunicorn()


@click.command()
def worker() -> None:
    """Answer customers and send what is due."""
    configure_logs()
    installation = Installation.of(load_settings())
    _require_schema(installation)
    run_worker(open_redis(installation.redis_url), installation.duties())


@click.command()
def ticker() -> None:
    """Look for what is due, several times a second. Any number may run; one leads."""
    configure_logs()
    installation = Installation.of(load_settings())
    _require_schema(installation)
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    installation.ticker().run(stop)


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


def _require_schema(installation: Installation) -> None:
    """Stop where the tables are those of another version. A database that is away is waited for by each in its way."""
    try:
        version = schema_version(installation.database.engine)
    except SQLAlchemyError:
        return
    if version != wanted_version():
        found, wanted = version or "none", wanted_version()
        message = f"the database is at schema version {found}, this botapp needs {wanted}; run: botapp db upgrade"
        raise click.ClickException(message)


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
