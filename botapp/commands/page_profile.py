"""`botapp page`: what the platform shows of a page, and what the bot says there."""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path

import click

from botapp.bootstrap.staff import Staff
from botapp.channels.messenger.page_profile import differing
from botapp.commands.pages import chosen_pages, pages_option
from botapp.conversation.texts import apply_texts, drop_texts
from botapp.reengagement.tone import ToneRule, tone_of
from botapp.settings import load_settings
from botapp.storage.accounts import Account


@click.group()
def page() -> None:
    """What the platform shows of a page."""


@page.command("profile")
@pages_option
@click.option("--apply/--dry-run", "is_applied", default=False, help="Set it; without this, only show what differs.")
def page_profile(page_id: str | None, is_applied: bool) -> None:
    """Greeting, first questions, menu and the button that begins: what the platform shows, and what it should show.

    Exits with 1 where the platform did not answer or refused, and after --dry-run where anything differs.
    """
    installation = Staff.of(load_settings())
    pages = chosen_pages(installation, page_id)
    done = [
        _profile(installation, each, is_applied=is_applied) for each in pages
    ]  # every page, whatever the first says
    if not all(done):
        raise click.exceptions.Exit(1)


def set_profile(installation: Staff, account: Account) -> str | None:
    """Let the platform show the page as it should be. None when done, else what is wrong."""
    return installation.introduce(account)


def _profile(installation: Staff, account: Account, *, is_applied: bool) -> bool:
    """Whether the platform shows the page as it should be now."""
    shown = installation.sender.page_profile(installation.vault.open(account.token_encrypted))
    if not isinstance(shown, dict):
        click.echo(f"page {account.page_id}: the platform does not tell what it shows: {shown}", err=True)
        return False
    wanted = installation.profile_properties(account)
    names = differing(wanted, shown)
    if not names:
        click.echo(f"page {account.page_id}: the platform shows it as it should be")
        return True
    if not is_applied:
        _show(account, names, wanted, shown)
        return False
    wrong = set_profile(installation, account)
    click.echo(f"page {account.page_id}: {', '.join(names)} {'set' if wrong is None else f'not set: {wrong}'}")
    return wrong is None


def _show(account: Account, names: list[str], wanted: Mapping[str, object], shown: Mapping[str, object]) -> None:
    click.echo(f"page {account.page_id}: to be set with --apply: {', '.join(names)}")
    for name in names:
        click.echo(f"- {name}: {_in_short(shown.get(name))}")
        click.echo(f"+ {name}: {_in_short(wanted[name])}")


def _in_short(value: object) -> str:
    """The entry for everybody else; those of the locales are like it."""
    if isinstance(value, list):
        first = next((entry for entry in value if entry.get("locale", "default") == "default"), None)
        return f"{json.dumps(first, ensure_ascii=False)} and {len(value) - 1} locales" if first else "nothing"
    return json.dumps(value, ensure_ascii=False) if value is not None else "nothing"


@click.group()
def texts() -> None:
    """What the bot says on a page."""


@texts.command("apply")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@pages_option
@click.option("--dry-run", is_flag=True, help="Check the file and change nothing.")
def texts_apply(file: Path, page_id: str | None, dry_run: bool) -> None:
    """Make the texts of a TOML file the page's own; what is not in it is said as shipped.

    A table for each language ([en], [de] …) holds texts by the keys of config/answers. All of it, or nothing where
    anything is wrong. An answer that is sent afterwards says so on the record.
    """
    installation = Staff.of(load_settings())
    try:
        found = installation.text_rules().check(tomllib.loads(file.read_text(encoding="utf-8")))
    except (ValueError, RecursionError) as error:
        raise click.ClickException("\n".join(f"{file}: {line}" for line in str(error).splitlines())) from None
    if installation.settings.tone is ToneRule.WARN:  # where it refuses, the check above has
        for where, text in ((f"[{code}] {key}", text) for code, own in found.items() for key, text in own.items()):
            for finding in tone_of(text):
                click.echo(f"{file}: warning: {where}: {finding}", err=True)
    for account in chosen_pages(installation, page_id):
        if dry_run:
            click.echo(f"page {account.page_id}: {sum(map(len, found.values()))} texts, not applied")
            continue
        version, is_new = apply_texts(installation.database, account.id, found)
        click.echo(f"page {account.page_id}: texts version {version} {'published' if is_new else 'live already'}")


@texts.command("drop")
@pages_option
def texts_drop(page_id: str | None) -> None:
    """Let the page say what is shipped again."""
    installation = Staff.of(load_settings())
    for account in chosen_pages(installation, page_id):
        is_new = drop_texts(installation.database, account.id)
        click.echo(f"page {account.page_id}: {'says what is shipped' if is_new else 'has no texts of its own'}")
