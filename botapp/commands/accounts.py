"""`botapp account` and `botapp contact`."""

import re
import sys
from collections.abc import Mapping

import click

from botapp.bootstrap.foundation import PLATFORM
from botapp.bootstrap.staff import Staff
from botapp.campaign.pages import PageDraft, add_or_change_page, link_people, set_page_options
from botapp.commands.page_profile import set_profile
from botapp.commands.pages import chosen_page, needed_page_option
from botapp.config_files import read_languages
from botapp.policy.voiding import AnswerVoids, ConversionVoids
from botapp.policy.zones import find_zone
from botapp.settings import load_settings
from botapp.storage import accounts
from botapp.storage.accounts import Account

_PAGE_ID = re.compile(r"[A-Za-z0-9_-]{1,200}\Z", re.ASCII)
_LONGEST_NAME = 100


@click.group()
def account() -> None:
    """The pages that botapp speaks for."""


@account.command("add")
@click.argument("platform", type=click.Choice([PLATFORM]))
@click.option("--page-id", required=True, help="The page's id on the platform.")
@click.option("--token", required=True, help="The page access token; stored encrypted. '-' reads it from stdin.")
@click.option("--name", required=True, help="What staff and customers call the page.")
@click.option("--zone", default=None, help="IANA zone of customers whose own is not known.")
@click.option("--language", default=None, help="Language of answers where the customer's is not known.")
@click.option("--anchor", type=click.Choice(["latest", "initial"]), default=None, help="Where windows count from.")
@click.option(
    "--conversion-voids",
    type=click.Choice([choice.value for choice in ConversionVoids]),
    default=None,
    help="What a purchase makes void: all of its conversation, only what was planned before it, or nothing.",
)
@click.option(
    "--answer-voids",
    type=click.Choice([choice.value for choice in AnswerVoids]),
    default=None,
    help="What an answer by somebody of the team makes void.",
)
@click.option(
    "--team", "mode", flag_value="team", default=None, help="Begin in team mode: proactive to the team's contacts only."
)
@click.option("--basis", type=click.Choice(["implied", "explicit"]), default=None, help="The consent that is needed.")
def account_add(platform: str, page_id: str, token: str, **options: str | None) -> None:
    """Add a page, or give a known one a new token, name or option; a paused page is resumed."""
    settings = load_settings()
    if not _PAGE_ID.match(page_id):
        raise click.BadParameter("letters, digits, '-' and '_' only", param_hint="--page-id")
    zone = options["zone"]
    if zone and find_zone(zone) is None:
        raise click.BadParameter('write an IANA name like "Europe/Berlin"', param_hint="--zone")
    _check_words(options)
    token = (sys.stdin.readline() if token == "-" else token).strip()  # noqa: S105  a dash, not a token
    if not token.isascii() or not token.isprintable() or not token:
        raise click.BadParameter("is not a page access token", param_hint="--token")
    draft = PageDraft(
        platform=platform,
        page_id=page_id,
        token=token,
        options={key: value for key, value in options.items() if value is not None},
        defaults={"zone": settings.default_zone, "language": settings.default_language},
    )
    installation = Staff.of(settings)
    added = add_or_change_page(installation.database, installation.vault, draft)
    click.echo(f"{'added' if added else 'changed'} {platform} page {page_id}")
    _introduce(installation, page_id)


def _introduce(installation: Staff, page_id: str) -> None:
    """Greeting and menu on the platform, where it can be reached now."""
    page = chosen_page(installation, page_id)
    wrong = set_profile(installation, page)
    if wrong is not None:
        remedy = f"botapp page profile --page {page_id} --apply"
        click.echo(f"its greeting and menu are not set yet ({wrong}); later: {remedy}", err=True)


def _check_words(options: Mapping[str, str | None]) -> None:
    name, language = options["name"] or "", options["language"]
    if not name.strip() or not name.isprintable() or len(name) > _LONGEST_NAME:
        hint = f"write one line of at most {_LONGEST_NAME} characters, and not an empty one"
        raise click.BadParameter(hint, param_hint="--name")
    known = sorted(read_languages("answers"))
    if language is not None and language not in known:
        raise click.BadParameter(
            f"there are no answers in it; choose one of {', '.join(known)}", param_hint="--language"
        )


@account.command("set")
@needed_page_option
@click.option(
    "--handover",
    type=click.Choice(["inbox", "platform"]),
    default=None,
    help="Where people of the team answer: in the console's inbox, or in the platform's own.",
)
@click.option(
    "--approvals",
    type=click.IntRange(1, 2),
    default=None,
    help="How many people other than its author must approve a template.",
)
@click.option(
    "--mode", type=click.Choice(["live", "team"]), default=None, help="Whom it writes to on its own: all, or the team."
)
@click.option(
    "--daily-cap",
    type=click.IntRange(0, 1_000_000),
    default=None,
    help="How many messages it begins on its own in a day at most; 0 for as many as its rules send.",
)
@click.option(
    "--satisfaction",
    type=click.Choice(["on", "off"]),
    default=None,
    help="Whether a closing asks, with one tap, if the FAQ's or a person's answer helped.",
)
def account_set(page_id: str, **options: str | int | None) -> None:
    """Change options of a page. Conversations that are with a person now stay where they are."""
    chosen = {name: value for name, value in options.items() if value is not None}
    if not chosen:
        raise click.UsageError("name what is to change: --handover, --approvals, --mode, --daily-cap or --satisfaction")
    database = Staff.of(load_settings()).database
    if not set_page_options(database, PLATFORM, page_id, chosen):
        raise click.BadParameter(f"there is no page {page_id!r}; see: botapp account list", param_hint="--page")
    if "handover" in chosen:
        where = "the console" if chosen["handover"] == "inbox" else "the platform"
        click.echo(f"people answer page {page_id} in {where}'s inbox")
    if "mode" in chosen:
        whom = "everybody whom its rules mean" if chosen["mode"] == "live" else "the team's own contacts only"
        click.echo(f"page {page_id} writes on its own to {whom}")
    if "satisfaction" in chosen:
        asks = "asks" if chosen["satisfaction"] == "on" else "does not ask"
        click.echo(f"page {page_id} {asks} whether an answer helped")
    if "daily_cap" in chosen:
        click.echo(f"page {page_id} begins on its own in a day at most: {chosen['daily_cap'] or 'no cap'}")
    if "approvals" in chosen:
        click.echo(f"templates of page {page_id} need the approval of others: {chosen['approvals']}")


@account.command("list")
def account_list() -> None:
    """List the pages; tokens are never shown."""
    with Staff.of(load_settings()).database.reading() as connection:
        pages = accounts.load_all(connection)
    for page in pages:
        shown = (page.platform, page.page_id, page.name, page.basis, page.anchor, page.zone, _state(page))
        click.echo("\t".join(shown))


def _state(page: Account) -> str:
    """Whether it sends, and to whom or how much."""
    if page.paused_at:
        return f"paused: {page.pause_reason}"
    if page.mode != accounts.LIVE:
        return "team mode"
    return "live" if page.daily_cap is None else f"live, {page.daily_cap} a day at most"


@click.group()
def contact() -> None:
    """The people who write to a page."""


@contact.command("link")
@click.argument("first")
@click.argument("second")
def contact_link(first: str, second: str) -> None:
    """Say that two contacts, each written PAGE_ID/PLATFORM_ID, are one person: a STOP of one is a STOP of both."""
    keys = []
    for named in (first, second):
        page_id, separator, platform_contact_id = named.partition("/")
        if not separator:
            raise click.BadParameter(f"{named!r}: write PAGE_ID/PLATFORM_ID")
        keys.append((page_id, platform_contact_id))
    unknown = link_people(Staff.of(load_settings()).database, keys[0], keys[1], PLATFORM)
    if unknown:
        raise click.BadParameter(f"there is no contact {unknown!r}")
    click.echo("linked")
