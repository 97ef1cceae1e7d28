"""`botapp campaign match`, `show` and `schema`: what rules say, and whom they are meant for."""

import json
from collections.abc import Iterable
from pathlib import Path

import click

from botapp.bootstrap.staff import Staff
from botapp.campaign.file import KNOWN_NAMES
from botapp.campaign.live_rules import find_live_rule, load_unscaled_rules
from botapp.campaign.matching import MOST_LISTED, Matched, find_matching
from botapp.campaign.rule_file import as_json, as_toml
from botapp.campaign.rule_schema import rule_schema
from botapp.commands.campaigns import read_file
from botapp.commands.pages import chosen_page, chosen_pages, page_option, pages_option
from botapp.policy.rule import LiveRule
from botapp.settings import load_settings
from botapp.storage.accounts import Account


@click.command("match")
@click.argument("rule")
@click.option("--list", "listed", is_flag=True, help=f"The contacts' ids too, {MOST_LISTED} at most.")
@pages_option
def campaign_match(rule: str, listed: bool, page_id: str | None) -> None:
    """Count who matches RULE now: a live rule's name, or a campaign file, of which each rule is counted.

    Counted are customers with an open window. Whether one may be written to (a STOP, the caps) is another question.
    """
    installation = Staff.of(load_settings())
    for page in chosen_pages(installation, page_id):
        for each in _rules(installation, page, rule):
            found = find_matching(installation.database, installation.house, page, each.conditions, listed=listed)
            _tell(page, each, found)


@click.command("show")
@click.argument("rule", required=False)
@click.option("--json", "in_json", is_flag=True, help="JSON instead of TOML.")
@page_option
def campaign_show(rule: str | None, in_json: bool, page_id: str | None) -> None:
    """Write the live rules of a page, or one of them, as a campaign file has them."""
    installation = Staff.of(load_settings())
    page = chosen_page(installation, page_id)
    stored = load_unscaled_rules(installation.database, page.id)
    chosen = [each for each in stored if rule in (None, each[0].name)]
    if not chosen:
        raise click.ClickException(f"there is no live rule {rule!r}" if rule else "there is no live rule")
    click.echo(as_json(chosen) if in_json else as_toml(chosen), nl=False)


@click.command("schema")
def campaign_schema() -> None:
    """Print the JSON Schema of the rules in a campaign file; editors check and complete by it."""
    click.echo(json.dumps(rule_schema(KNOWN_NAMES), indent=2))


def _rules(installation: Staff, page: Account, named: str) -> Iterable[LiveRule]:
    path = Path(named)
    if path.is_file():
        return [draft.rule for draft in read_file(installation, page, path).rules]
    found = find_live_rule(installation.database, page.id, named)
    if found is None:
        raise click.ClickException(f"page {page.page_id} has no live rule {named!r}, and there is no such file")
    return [found]


def _tell(page: Account, rule: LiveRule, found: Matched) -> None:
    click.echo(f"page {page.page_id}: {rule.name} matches {found.matching} of {found.open_windows} open windows")
    for contact_id in found.contact_ids:
        click.echo(f"{page.id}/{contact_id}")
