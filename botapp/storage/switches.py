"""Who turned the kill switches, as the log tells."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from botapp.storage.ledger import THE_INSTALLATION, THE_PAGE_ITSELF, EntryKind
from botapp.storage.schema import ledger_entry

EVERYTHING = "everything"  # in an entry of a page: the switch was turned for all, and the page's own was not


@dataclass(frozen=True, slots=True)
class Turn:
    at: datetime
    by: int | None  # a staff member; None: at the command line
    reason: str | None


def find_last_stop(connection: Connection, account_id: int | None) -> Turn | None:
    """The last time that a page was stopped by its own switch, or (no page) that everything was."""
    e = ledger_entry.c
    own = (e.account_id == (account_id or THE_INSTALLATION), e.contact_id == THE_PAGE_ITSELF)
    stops = select(e.details, e.recorded_at, e.reason).where(*own, e.kind == EntryKind.PROACTIVE_STOPPED.value)
    for row in connection.execute(stops.order_by(e.sequence.desc())):
        details = json.loads(row.details)
        if not details.get(EVERYTHING):
            return Turn(row.recorded_at, details.get("by"), row.reason)
    return None
