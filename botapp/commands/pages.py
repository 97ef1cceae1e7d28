"""Which page, or pages, a command is for. Every command that is for some takes them by the same option."""

import click

from botapp.bootstrap.foundation import PLATFORM, Foundation
from botapp.storage import accounts
from botapp.storage.accounts import Account

NAMES = ("--page", "--page-id")  # of that option: older commands had the one or the other
pages_option = click.option(*NAMES, "page_id", default=None, help="Only this page; without it every page.")
page_option = click.option(*NAMES, "page_id", default=None, help="Which page, where there are several.")
needed_page_option = click.option(*NAMES, "page_id", required=True, help="The page's id on the platform.")


def chosen_pages(installation: Foundation, page_id: str | None) -> list[Account]:
    """The page of that id, or all; a command has nothing to do without any."""
    with installation.database.reading() as connection:
        pages = accounts.load_all(connection)
    chosen = [page for page in pages if page_id in (None, page.page_id)]
    if not chosen:
        wanted = f"no page {page_id!r}" if page_id else "no page yet"
        raise click.ClickException(f"there is {wanted}; add it with: botapp account add {PLATFORM} --page-id …")
    return chosen


def chosen_page(installation: Foundation, page_id: str | None) -> Account:
    """The page of that id, or the only one. UsageError, which names them, where there are several."""
    page, *others = chosen_pages(installation, page_id)
    if others:
        known = ", ".join(each.page_id for each in (page, *others))
        raise click.UsageError(f"there are several pages; say which one with --page: {known}")
    return page
