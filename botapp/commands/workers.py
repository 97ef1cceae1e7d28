"""`botapp worker` and `botapp ticker`: one process each, behind the doorbell."""

import signal
import threading
from types import FrameType

import click

from botapp.bootstrap.workers import Workers
from botapp.commands.schema import require_schema
from botapp.logs import configure_logs
from botapp.runtime.cores import keep_to_one_core
from botapp.settings import load_settings
from botapp.workers.jobs import open_redis
from botapp.workers.worker import run_worker


@click.command()
def worker() -> None:
    """Answer customers and send what is due."""
    configure_logs()
    installation = Workers.of(load_settings())
    require_schema(installation)
    keep_to_one_core()
    run_worker(open_redis(installation.redis_url), installation.duties())


@click.command()
def ticker() -> None:
    """Look for what is due, several times a second. Any number may run; one leads."""
    configure_logs()
    installation = Workers.of(load_settings())
    require_schema(installation)
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    installation.ticker().run(stop)
