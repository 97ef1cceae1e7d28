"""`botapp`: one entry point for people and scripts. Exit codes: 0 it holds, 1 something does not, 2 used wrongly."""

import os
import sys
from collections.abc import Mapping
from functools import cache
from importlib import import_module

import click
from redis.exceptions import RedisError
from sqlalchemy.exc import OperationalError, ProgrammingError

from botapp.channels.vault import VaultError
from botapp.runtime.child import StartError
from botapp.runtime.embedded_redis import NoRedisError
from botapp.runtime.instance import AlreadyRunningError
from botapp.runtime.listening import PortTakenError
from botapp.settings import SettingsError

_EXPECTED = (
    SettingsError,
    PortTakenError,
    AlreadyRunningError,
    NoRedisError,
    VaultError,
    StartError,
    PermissionError,
)


# A command, where it is in botapp.commands, and where further commands of its group are. A module is imported when
# one of its commands is asked for: a server does without what only audits need.
_COMMANDS: Mapping[str, tuple[str, ...]] = {
    "up": ("up.up",),
    "web": ("web.web",),
    "worker": ("workers.worker",),
    "ticker": ("workers.ticker",),
    "sandbox": ("sandbox.sandbox",),
    "db": ("databases.db",),
    "account": ("accounts.account",),
    "page": ("page_profile.page",),
    "texts": ("page_profile.texts",),
    "api-key": ("api_keys.api_key",),
    "webhook": ("webhooks.webhook",),
    "contact": (
        "contacts.contact",
        "suppressions.contact_suppress",
        "suppressions.contact_suppressions",
    ),
    "campaign": (
        "campaigns.campaign",
        "rules.campaign_match",
        "rules.campaign_show",
        "rules.campaign_schema",
        "forecasts.campaign_forecast",
        "backtests.campaign_backtest",
        "runs.campaign_runs",
        "campaign_files.campaign_pull",
        "campaign_files.campaign_diff",
        "experiments.campaign_outcomes",
        "experiments.campaign_resume_rule",
    ),
    "analytics": ("analytics.analytics",),
    "catalogue": ("catalogues.catalogue",),
    "stop": ("campaigns.stop",),
    "resume": ("campaigns.resume",),
    "staff": ("staff.staff",),
    "status": ("checks.status",),
    "doctor": ("checks.doctor",),
    "health": ("checks.health",),
    "replay": ("replay.replay",),
    "audit": (
        "audit.audit",
        "evidence.explain",
        "evidence.as_of",
        "evidence.silence",
        "evidence.agree",
    ),
    "simulate": ("simulate.simulate",),
    "demo": ("demo.demo",),
    "understand": ("understanding.understand_lines",),
    "tone": ("tone.tone_lines",),
    "faq": ("faq.faq",),
    "intents": ("intents.intents",),
}


class _Commands(click.Group):
    def list_commands(self, _context: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        return _load(name) if name in _COMMANDS else None


@cache
def _load(name: str) -> click.Command:
    command, *others = (_find(path) for path in _COMMANDS[name])
    for other in others:
        command.add_command(other)  # type: ignore[attr-defined]  # only groups have others
    return command


def _find(path: str) -> click.Command:
    module, _, attribute = path.partition(".")
    found: click.Command = getattr(import_module(f"botapp.commands.{module}"), attribute)
    return found


@click.group(cls=_Commands)
@click.version_option(package_name="botapp")
def cli() -> None:
    """A chatbot that speaks when spoken to, and then at most once more."""


def main() -> None:
    """Run a command; what was to be expected is one line and no trace."""
    os.umask(0o077)  # what an instance writes holds people's words and keys: it is its owner's alone
    try:
        cli()
    except _EXPECTED as error:
        sys.exit(_say(str(error), 2))
    except (OperationalError, ProgrammingError) as error:
        sys.exit(_say(_explain(error), 1))
    except RedisError as error:
        remedy = "check BOTAPP_REDIS_URL, or start the embedded one with: botapp up"
        sys.exit(_say(f"Redis does not answer ({type(error).__name__}); {remedy}", 1))


def _explain(error: OperationalError | ProgrammingError) -> str:
    reason = str(error.orig).strip().splitlines()[0] if error.orig else type(error).__name__
    remedy = (
        "run: botapp db upgrade" if "no such table" in reason or "does not exist" in reason else "run: botapp doctor"
    )
    return f"the database does not answer as it should: {reason}; {remedy}"


def _say(message: str, code: int) -> int:
    click.echo(f"botapp: {message}", err=True)
    return code
