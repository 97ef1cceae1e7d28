"""Catalogues: what a page's products and categories are called."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from botapp.storage import bulk
from botapp.storage.schema import account, catalogue


def find_content(connection: Connection, account_id: int) -> str | None:
    """A page's catalogue as it was stored, or None."""
    found = select(catalogue.c.content).where(catalogue.c.account_id == account_id)
    return connection.execute(found).scalar_one_or_none()


def replace(connection: Connection, account_id: int, content: str, applied_at: datetime) -> None:
    """Put this in the place of the page's catalogue; every process reads it anew at its next event."""
    row = {"account_id": account_id, "content": content, "applied_at": applied_at}
    bulk.upsert(connection, catalogue, [row], key=("account_id",))
    raised = {"catalogue_generation": account.c.catalogue_generation + 1}
    connection.execute(update(account).where(account.c.id == account_id).values(raised))
