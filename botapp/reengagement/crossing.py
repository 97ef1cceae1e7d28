"""A no that becomes known while a claim is in flight: on record with both instants, and asked for before the write."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection

from botapp.storage import observations, reengagements
from botapp.storage.ledger import Entry, EntryKind
from botapp.storage.reengagements import State
from botapp.storage.standing import ContactId


def cross(connection: Connection, contacts: Collection[ContactId], at: datetime) -> dict[ContactId, list[Entry]]:
    """Mark what is in flight to these locked contacts; the entries to append, by contact."""
    entries: dict[ContactId, list[Entry]] = defaultdict(list)
    open_ones = reengagements.find_open(connection, contacts) if contacts else []
    in_flight = [found for found in open_ones if found.state is State.CLAIMED]
    observations.mark_crossed(connection, [claim.key for claim in in_flight], at)
    for claim in in_flight:
        details = {"claimed_at": claim.claimed_at.isoformat() if claim.claimed_at else None}
        entry = Entry(EntryKind.CROSSED, occurred_at=at, subject_at=claim.key.interaction_at, details=details)
        entries[claim.key.account_id, claim.key.contact_id].append(entry)
    return entries
