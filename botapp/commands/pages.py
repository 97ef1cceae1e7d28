"""Which pages a command is for."""

import click

from botapp.bootstrap.foundation import PLATFORM, Foundation
from botapp.storage import accounts
from botapp.storage.accounts import Account

page_option = click.option("--page-id", default=None, help="Only this page; without it every page.")


def chosen_pages(installation: Foundation, page_id: str | None) -> list[Account]:
    """The page of that id, or all; a command has nothing to do without any."""
    with installation.database.reading() as connection:
        pages = accounts.load_all(connection)
    chosen = [page for page in pages if page_id in (None, page.page_id)]
    if not chosen:
        wanted = f"no page {page_id!r}" if page_id else "no page yet"
        raise click.ClickException(f"there is {wanted}; add it with: botapp account add {PLATFORM} --page-id …")
    return chosen
