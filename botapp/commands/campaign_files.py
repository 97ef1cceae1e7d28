"""`botapp campaign pull` and `diff`, and `apply --url`: a page's campaign as a file that a repository keeps."""

import difflib
import os
from pathlib import Path

import click

from botapp.bootstrap.foundation import Foundation
from botapp.campaign.fields import CampaignError
from botapp.campaign.whole import as_toml, canonical, load_live
from botapp.channels.campaign_desk import CampaignDesk, CampaignDeskError
from botapp.commands.pages import chosen_page, page_option
from botapp.settings import load_settings

_KEY_VARIABLE = "BOTAPP_API_KEY"
url_option = click.option(
    "--url", default=None, help=f"Another installation, by its API, with the key in {_KEY_VARIABLE}; else this one."
)


@click.command("pull")
@click.argument("file", required=False, type=click.Path(dir_okay=False, writable=True, path_type=Path))
@page_option
@url_option
def campaign_pull(file: Path | None, page_id: str | None, url: str | None) -> None:
    """Write all that is live on a page as one TOML file, always the same for the same campaign; stdout without FILE."""
    text = _live(page_id, url)
    if file is None:
        click.echo(text, nl=False)
    else:
        file.write_text(text, encoding="utf-8")


@click.command("diff")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@page_option
@url_option
def campaign_diff(file: Path, page_id: str | None, url: str | None) -> None:
    """Say what would change if FILE were all that is live. Exit 1 if anything would."""
    try:
        wanted = as_toml(canonical(file.read_bytes()))
    except CampaignError as error:
        raise click.UsageError("\n".join(f"{file}: {fault}" for fault in error.faults)) from None
    live = _live(page_id, url)
    lines = difflib.unified_diff(live.splitlines(), wanted.splitlines(), "live", str(file), lineterm="")
    found = "".join(f"{line}\n" for line in lines)
    click.echo(found, nl=False)
    if found:
        raise click.exceptions.Exit(1)


def bring(file: Path, page_id: str | None, url: str, *, publish: bool, retire_absent: bool) -> None:
    """Bring a file to another installation, where people approve it; say how far each thing has come."""
    desk = _desk(page_id, url)
    try:
        _, tag = desk.load()
        items = desk.bring(file.read_bytes(), tag, publish=publish, retire_absent=retire_absent)
    except CampaignDeskError as error:
        raise click.ClickException(str(error)) from None
    for item in items:
        version = f" version {item['version']}" if item["version"] is not None else ""
        click.echo(f"page {desk.page_id}: {item['what']} {item['name']}{version} {item['state'].replace('_', ' ')}")


def _live(page_id: str | None, url: str | None) -> str:
    if url is not None:
        try:
            return _desk(page_id, url).load()[0]
        except CampaignDeskError as error:
            raise click.ClickException(str(error)) from None
    installation = Foundation.of(load_settings())
    page = chosen_page(installation, page_id)
    with installation.database.reading() as connection:
        return as_toml(load_live(connection, page.id))


def _desk(page_id: str | None, url: str) -> CampaignDesk:
    key = os.environ.get(_KEY_VARIABLE)
    if not key or page_id is None:
        raise click.UsageError(f"--url takes --page too, and a key of the API in {_KEY_VARIABLE}")
    try:
        return CampaignDesk(url, page_id, key)
    except CampaignDeskError as error:
        raise click.UsageError(str(error)) from None
