"""`botapp catalogue`: what a page's products and categories are called."""

from pathlib import Path

import click

from botapp.bootstrap.foundation import Foundation
from botapp.campaign.catalogue_file import apply_catalogue, read_catalogue
from botapp.campaign.fields import CampaignError
from botapp.commands.pages import chosen_pages, pages_option
from botapp.settings import load_settings


@click.group()
def catalogue() -> None:
    """The products and categories that customers may speak of."""


@catalogue.command("apply")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@pages_option
def catalogue_apply(file: Path, page_id: str | None) -> None:
    """Put the products and categories of a TOML file in the place of a page's catalogue; all of them, or nothing."""
    try:
        offers = read_catalogue(file.read_bytes())
    except CampaignError as error:
        raise click.ClickException("\n".join(f"{file}: {fault}" for fault in error.faults)) from None
    installation = Foundation.of(load_settings())
    for page in chosen_pages(installation, page_id):
        apply_catalogue(installation.database, page.id, offers)
        products = sum(offer["is_product"] for offer in offers)
        click.echo(f"page {page.page_id}: {products} products, {len(offers) - products} categories")
