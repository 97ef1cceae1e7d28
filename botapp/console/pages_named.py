"""The Facebook Page or other account that an address of the console names."""

from flask import abort

from botapp.console.parts import ConsoleParts
from botapp.storage import accounts
from botapp.storage.accounts import Account

_LARGEST_ACCOUNT_ID = 1 << 31


def page_or_404(parts: ConsoleParts, account_id: int) -> Account:
    """The page that the address names."""
    if account_id >= _LARGEST_ACCOUNT_ID:
        abort(404)
    with parts.database.reading() as connection:
        try:
            return accounts.load_account(connection, account_id)
        except LookupError:
            abort(404)
