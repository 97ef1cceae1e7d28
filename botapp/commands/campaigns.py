"""`botapp campaign`, `botapp stop` and `botapp resume`."""

from pathlib import Path

import click

from botapp.bootstrap.staff import Staff
from botapp.campaign.fields import CampaignError
from botapp.campaign.file import Campaign
from botapp.campaign.proposal import retire_absent_of
from botapp.campaign.publish import apply_campaign, resume_proactive, retire_rule, stop_proactive
from botapp.commands.acting import acting_staff, staff_option
from botapp.commands.campaign_files import bring, url_option
from botapp.commands.pages import chosen_page, chosen_pages, pages_option
from botapp.settings import load_settings
from botapp.storage import accounts, campaigns
from botapp.storage.accounts import Account


@click.group()
def campaign() -> None:
    """Templates and rules."""


@campaign.command("apply")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--publish", is_flag=True, help="Make what the file holds live at once; with --url, what was approved.")
@click.option("--retire-absent", is_flag=True, help="With --publish: retire what is live and not in the file.")
@pages_option
@url_option
@staff_option
def campaign_apply(file: Path, page_id: str | None, url: str | None, acting: str | None, **wishes: bool) -> None:
    """Store the templates and rules of a TOML file; all of it, or nothing where anything is wrong.

    Applied again it changes nothing. With --url it is brought to another installation, where people approve it.
    """
    publish, retire_absent = wishes["publish"], wishes["retire_absent"]
    if retire_absent and not publish:
        raise click.UsageError("--retire-absent takes --publish")
    if url is not None:
        bring(file, page_id, url, publish=publish, retire_absent=retire_absent)
        return
    installation = Staff.of(load_settings())
    by = acting_staff(installation, acting)
    pages = chosen_pages(installation, page_id)
    found = [(page, read_file(installation, page, file)) for page in pages]
    for page, content in found:
        for item in apply_campaign(installation.database, page.id, content, publish=publish, by=by):
            state = "published" if item.published else "live already" if publish else "stored, not published"
            click.echo(f"page {page.page_id}: {item.what} {item.name} version {item.version} {state}")
        for gone in retire_absent_of(installation.database, page.id, content, by=by) if retire_absent else ():
            click.echo(f"page {page.page_id}: {gone.what} {gone.name} version {gone.version} {gone.state}")


@campaign.command("check")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@pages_option
def campaign_check(file: Path, page_id: str | None) -> None:
    """Read a TOML file as `apply` would, tone included, and say what is wrong; nothing is stored."""
    installation = Staff.of(load_settings())
    for page in chosen_pages(installation, page_id):
        found = read_file(installation, page, file)
        click.echo(f"page {page.page_id}: in order; templates: {len(found.templates)}, rules: {len(found.rules)}")


@campaign.command("retire")
@click.argument("rule")
@pages_option
@staff_option
def campaign_retire(rule: str, page_id: str | None, acting: str | None) -> None:
    """Take a rule out of service: nothing more is claimed for it."""
    installation = Staff.of(load_settings())
    by = acting_staff(installation, acting)
    pages = chosen_pages(installation, page_id)
    retired = [page for page in pages if retire_rule(installation.database, page.id, rule, by=by)]
    if not retired:
        raise click.ClickException(f"no page has a live rule {rule!r}")
    for page in retired:
        click.echo(f"page {page.page_id}: rule {rule} retired")


@click.command()
@click.option("--reason", default="stopped by staff", help="Kept on the record.")
@pages_option
@staff_option
def stop(reason: str, page_id: str | None, acting: str | None) -> None:
    """The kill switch: once this returns, nothing proactive is claimed until `botapp resume`. Answers go on."""
    _switch(reason, page_id, acting, stopping=True)


@click.command()
@click.option("--reason", default="resumed by staff", help="Kept on the record.")
@pages_option
@staff_option
def resume(reason: str, page_id: str | None, acting: str | None) -> None:
    """Undo `botapp stop`, and a pause after trouble with the platform."""
    _switch(reason, page_id, acting, stopping=False)


def _switch(reason: str, page_id: str | None, acting: str | None, *, stopping: bool) -> None:
    installation = Staff.of(load_settings())
    by = acting_staff(installation, acting)
    account_id = chosen_page(installation, page_id).id if page_id else None
    (stop_proactive if stopping else resume_proactive)(installation.database, reason, account_id, by=by)
    where = f"page {page_id}" if page_id else "every page"
    click.echo(f"proactive messages are {'stopped' if stopping else 'resumed'} for {where}")
    if not stopping:
        _say_what_is_still_stopped(installation, page_id)


def _say_what_is_still_stopped(installation: Staff, page_id: str | None) -> None:
    """There is a switch for everything and one for each page; each is undone as it was done."""
    with installation.database.reading() as connection:
        everything = accounts.proactive_is_stopped(connection)
        pages = accounts.load_all(connection)
    if everything:
        click.echo("they are still stopped for every page; to undo that: botapp resume")
    for page in pages if page_id is None else ():
        if page.proactive_stopped_at is not None:
            click.echo(f"page {page.page_id} is still stopped by itself; to undo that add: --page-id {page.page_id}")


def read_file(installation: Staff, page: Account, file: Path) -> Campaign:
    """What the file holds for that page. Raises ClickException, which lists every fault with its key."""
    with installation.database.reading() as connection:
        live = frozenset(campaigns.load_live_templates(connection, page.id))
    try:
        found = installation.campaign_reader().read(page, file.read_bytes(), templates=live)
    except CampaignError as error:
        raise click.ClickException("\n".join(f"{file}: {fault}" for fault in error.faults)) from None
    for warning in found.warnings:
        click.echo(f"{file}: warning: {warning}", err=True)
    return found.campaign
