"""`botapp up`: a whole installation with one command."""

import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

import click

from botapp.bootstrap.staff import Staff
from botapp.commands.page_profile import set_profile
from botapp.commands.pages import chosen_pages
from botapp.demo import console_link, prepare_sandbox_page
from botapp.runtime import embedded_redis
from botapp.runtime.child import Child
from botapp.runtime.instance import only_instance
from botapp.runtime.listening import check_port
from botapp.runtime.supervisor import Supervisor
from botapp.settings import Settings, load_settings, require_messenger
from botapp.storage.migrate import upgrade
from botapp.vital_signs import ticker_is_alive, worker_is_alive

_PROBE_SECONDS = 1.0


@click.command()
@click.option("--day", default=None, help="How long a day lasts in the sandbox, for example 4m.")
@click.option("--port", type=int, default=None, help="Where the web listens; the same as BOTAPP_HTTP_PORT.")
@click.option("--sandbox-port", type=int, default=None, help="The same as BOTAPP_SANDBOX_PORT.")
def up(day: str | None, port: int | None, sandbox_port: int | None) -> None:
    """Start web, worker, ticker, embedded Redis and, unless a real platform is set, the sandbox. Ctrl-C stops all."""
    settings = load_settings(day=day, http_port=port, sandbox_port=sandbox_port)
    installation = Staff.of(settings)
    require_messenger(installation.settings)
    with only_instance(settings.var_dir) as instance:
        check_port(settings.http_host, settings.http_port)
        if settings.uses_sandbox:
            check_port("127.0.0.1", settings.sandbox_port, setting="BOTAPP_SANDBOX_PORT", option="--sandbox-port")
        upgrade(settings.database_address)
        if settings.uses_sandbox:
            prepare_sandbox_page(installation)
        console = console_link(installation) if settings.uses_sandbox else settings.console_url
        supervisor = Supervisor(
            instance, list(_children(installation)), clock=installation.clock, report=partial(click.echo, err=True)
        )
        supervisor.run(on_ready=partial(_begin, installation, console))


def _children(installation: Staff) -> Iterator[Child]:
    settings = installation.settings
    environment = {
        "BOTAPP_DAY": f"{round(settings.day.total_seconds() * 1000)}ms",
        "BOTAPP_HTTP_PORT": str(settings.http_port),
        "BOTAPP_SANDBOX_PORT": str(settings.sandbox_port),
    }
    if settings.redis_url is None:
        command = embedded_redis.command(settings.var_dir)
        yield Child("redis", command, environment, installation.redis_answers)
    parts: dict[str, Callable[[], bool]] = {"web": partial(_answers, f"{settings.web_url}/health/ready")}
    if settings.uses_sandbox:
        parts["sandbox"] = partial(_answers, f"http://127.0.0.1:{settings.sandbox_port}/sandbox/health")
    # An instance that was killed outright leaves signs of life behind: only newer ones count.
    clock = installation.clock
    begun_at, begun_elapsed = clock.now(), clock.elapsed()
    parts["worker"] = partial(worker_is_alive, installation, born_after=begun_at)
    parts["ticker"] = lambda: ticker_is_alive(installation, within=timedelta(seconds=clock.elapsed() - begun_elapsed))
    for name, ready in parts.items():
        yield Child(name, _botapp(name), environment, ready, together=True)


def _botapp(part: str) -> list[str]:
    return [sys.executable, "-m", "botapp", part]


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=_PROBE_SECONDS) as answer:  # noqa: S310  our own loopback address
            return bool(answer.status == 200)  # noqa: PLR2004  HTTP's OK
    except (urllib.error.URLError, OSError):
        return False


def _begin(installation: Staff, console: str) -> None:
    settings = installation.settings
    if settings.uses_sandbox:
        for page in chosen_pages(installation, None):
            set_profile(installation, page)  # where it fails, the chat page shows no menu, and all else works
    _announce(settings, console)


def _announce(settings: Settings, console: str) -> None:
    if settings.scale != 1:
        click.secho(f"ONE DAY LASTS {settings.day} HERE: windows, delays and caps are shortened together", bold=True)
    if settings.uses_sandbox:
        click.echo(f"chat page  http://127.0.0.1:{settings.sandbox_port}/")
    click.echo(f"console    {console}{' (this link works once)' if settings.uses_sandbox else ''}")
    click.echo(f"webhook    {settings.web_url}/webhooks/messenger")
    click.echo(f"health     {settings.web_url}/health/ready")
    click.echo(f"logs       {settings.var_dir.resolve()}/log")
    click.echo("Ctrl-C stops everything.")
    click.echo(f"ready {settings.web_url}")
    sys.stdout.flush()
