"""When customers wrote or acted before, as the log tells it."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Connection

from botapp.policy.portrait import MOST_REMEMBERED
from botapp.storage import bulk
from botapp.storage.ledger import EntryKind
from botapp.storage.schema import ledger_entry
from botapp.storage.standing import ContactId
from botapp.storage.statement import Answer, Rows, Statement
from botapp.storage.times import from_microseconds


def ask_instants(connection: Connection, contacts: Iterable[ContactId]) -> Answer[dict[ContactId, list[datetime]]]:
    """By contact, the newest instants at which they interacted, as many as are remembered."""
    rows = [{"account_id": account_id, "contact_id": contact_id} for account_id, contact_id in contacts]
    values = {"rows": bulk.encode(rows), "limit": MOST_REMEMBERED}
    return _instants(connection.dialect.name).ask(connection, values, read=_read)


@lru_cache
def _instants(dialect: str) -> Statement:
    return Statement(
        "SELECT account_id, contact_id, occurred_at FROM (SELECT account_id, contact_id, occurred_at,"  # noqa: S608  names are our schema's
        " row_number() OVER (PARTITION BY account_id, contact_id ORDER BY occurred_at DESC) AS recency"
        f" FROM ledger_entry WHERE {bulk.is_among(ledger_entry, ('account_id', 'contact_id'), dialect)}"
        f" AND kind = '{EntryKind.INTERACTION}' AND occurred_at IS NOT NULL"
        " GROUP BY account_id, contact_id, occurred_at) AS interactions WHERE recency <= :limit"
    )


def _read(rows: Rows) -> dict[ContactId, list[datetime]]:
    found: dict[ContactId, list[datetime]] = defaultdict(list)
    for account_id, contact_id, occurred_at in rows:
        found[account_id, contact_id].append(from_microseconds(occurred_at))
    return found
