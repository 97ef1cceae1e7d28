"""The Facebook Pages or other accounts that staff see, and the one that an address of the console names."""

from flask import abort, request
from sqlalchemy import Connection

from botapp.console.access import reach_of
from botapp.console.parts import ConsoleParts
from botapp.policy.access import Permission
from botapp.storage import accounts
from botapp.storage.accounts import Account

_LARGEST_ACCOUNT_ID = 1 << 31


def pages_of(connection: Connection, permission: Permission) -> list[Account]:
    """The pages on which whoever is logged in has the permission."""
    covered = reach_of(permission)
    return [page for page in accounts.load_all(connection) if page.id in covered]


def page_or_404(parts: ConsoleParts, account_id: int) -> Account:
    """The page that the address names."""
    if account_id >= _LARGEST_ACCOUNT_ID:
        abort(404)
    with parts.database.reading() as connection:
        try:
            return accounts.load_account(connection, account_id)
        except LookupError:
            abort(404)


def chosen_page(parts: ConsoleParts, permission: Permission) -> Account:
    """The page that was chosen in a form, where the address names none. 404 beyond the reach of the permission."""
    account_id = request.form.get("page", default=0, type=int)
    if account_id <= 0 or account_id not in reach_of(permission):
        abort(404)
    return page_or_404(parts, account_id)
