"""`botapp`: one entry point for people and scripts. Exit codes: 0 it holds, 1 something does not, 2 used wrongly."""

import os
import sys

import click
from redis.exceptions import RedisError
from sqlalchemy.exc import OperationalError, ProgrammingError

from botapp.channels.vault import VaultError
from botapp.child import StartError
from botapp.commands import (
    accounts,
    analytics,
    api_keys,
    audit,
    backtests,
    campaign_files,
    campaigns,
    catalogues,
    checks,
    contacts,
    databases,
    demo,
    evidence,
    experiments,
    forecasts,
    page_profile,
    processes,
    replay,
    rules,
    runs,
    simulate,
    staff,
    suppressions,
    tone,
    understanding,
    up,
    webhooks,
)
from botapp.commands.later import LaterGroup
from botapp.embedded_redis import NoRedisError
from botapp.instance import AlreadyRunningError
from botapp.listening import PortTakenError
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


@click.group()
@click.version_option(package_name="botapp")
def cli() -> None:
    """A chatbot that speaks when spoken to, and then at most once more."""


for command in (
    up.up,
    processes.web,
    processes.worker,
    processes.ticker,
    processes.sandbox,
    databases.db,
    accounts.account,
    page_profile.page,
    page_profile.texts,
    api_keys.api_key,
    webhooks.webhook,
    contacts.contact,
    campaigns.campaign,
    analytics.analytics,
    catalogues.catalogue,
    campaigns.stop,
    campaigns.resume,
    staff.staff,
    checks.status,
    checks.doctor,
    checks.health,
    replay.replay,
    audit.audit,
    simulate.simulate,
    demo.demo,
    understanding.understand_lines,
    tone.tone_lines,
    LaterGroup("faq", short_help="Questions and their answers."),
    LaterGroup("intents", short_help="What messages are about."),
):
    cli.add_command(command)
for question in (evidence.explain, evidence.as_of, evidence.silence, evidence.agree):
    audit.audit.add_command(question)
for about_rules in (rules.campaign_match, rules.campaign_show, rules.campaign_schema):
    campaigns.campaign.add_command(about_rules)
for beforehand in (forecasts.campaign_forecast, backtests.campaign_backtest, runs.campaign_runs):
    campaigns.campaign.add_command(beforehand)
for as_file in (campaign_files.campaign_pull, campaign_files.campaign_diff):
    campaigns.campaign.add_command(as_file)
for of_noes in (suppressions.contact_suppress, suppressions.contact_suppressions):
    contacts.contact.add_command(of_noes)
for of_outcomes in (experiments.campaign_outcomes, experiments.campaign_resume_rule):
    campaigns.campaign.add_command(of_outcomes)


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
