"""`botapp web`: receives webhooks, serves the console and the API."""

import click

from botapp.bootstrap.foundation import Foundation
from botapp.commands.schema import require_schema
from botapp.runtime.web_server import Listening, serve
from botapp.settings import load_settings, require_messenger


@click.command()
def web() -> None:
    """Receive webhooks."""
    installation = Foundation.of(load_settings())
    settings = installation.settings
    require_messenger(settings)
    require_schema(installation)
    installation.database.close()  # what is forked shares no connection
    # SQLite has one writer, so one process; PostgreSQL takes as many as are asked for.
    processes = settings.web_processes if settings.database_url else 1
    listening = Listening(settings.http_host, settings.http_port, processes, settings.web_threads)
    serve(settings.server, "botapp.wsgi:create", listening)
