"""`botapp web`, `worker`, `ticker`, `sandbox`: one process each, for containers and for `botapp up`."""

import signal
import threading
from types import FrameType

import click
from sqlalchemy.exc import SQLAlchemyError

from botapp.bootstrap import Installation
from botapp.cores import keep_to_one_core
from botapp.logs import configure_logs
from botapp.sandbox.app import Page, SandboxSettings, create_sandbox
from botapp.sandbox.server import serve
from botapp.settings import load_settings, require_messenger
from botapp.storage import accounts
from botapp.storage.migrate import schema_version, wanted_version
from botapp.web_server import Listening
from botapp.web_server import serve as serve_web
from botapp.workers.jobs import open_redis
from botapp.workers.worker import run_worker


@click.command()
def web() -> None:
    """Receive webhooks."""
    installation = Installation.of(load_settings())
    settings = installation.settings
    require_messenger(settings)
    _require_schema(installation)
    installation.database.close()  # what is forked shares no connection
    # SQLite has one writer, so one process; PostgreSQL takes as many as are asked for.
    processes = settings.web_processes if settings.database_url else 1
    listening = Listening(settings.http_host, settings.http_port, processes, settings.web_threads)
    serve_web(settings.server, "botapp.wsgi:create", listening)


@click.command()
def worker() -> None:
    """Answer customers and send what is due."""
    configure_logs()
    installation = Installation.of(load_settings())
    _require_schema(installation)
    keep_to_one_core()
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
