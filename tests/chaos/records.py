"""What was acknowledged is there and answered or explained; the ledger has no gap and agrees with the tables."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from botapp.storage.engine import Database
from botapp.storage.schema import account, consent_record, inbound_event
from tests.chaos.audit import LogEntry
from tests.scenarios.instance import Record

_OPEN = ("planned", "claimed")
# The last of these entries about a re-engagement tells its state.
_STATE_OF_ENTRY = {
    "planned": "planned",
    "held": "planned",
    "released": "planned",
    "claimed": "claimed",
    "sent": "sent",
    "reconciled": "sent",
    "failed": "failed",
    "unknown": "unknown",
    "expired": "expired",
    "skipped": "skipped",
    "superseded": "superseded",
}
_STATE_OF_REPLY_ENTRY = {
    "reply_released": "planned",
    "reply_sent": "sent",
    "reply_failed": "failed",
    "reply_unknown": "unknown",
    "reply_skipped": "skipped",
}


@dataclass(frozen=True)
class Tables:
    """The database, read whole."""

    reengagements: Sequence[Row[Any]]
    replies: Sequence[Row[Any]]
    contacts: Sequence[Row[Any]]
    entries: Sequence[Row[Any]]
    events: Sequence[Row[Any]]
    accounts: Sequence[Row[Any]]
    consents: Sequence[Row[Any]]

    @classmethod
    def of(cls, database: Database) -> "Tables":
        record = Record(database)
        with database.reading() as connection:
            events = connection.execute(select(inbound_event)).all()
            accounts = connection.execute(select(account)).all()
            consents = connection.execute(select(consent_record)).all()
        return cls(
            record.reengagements(), record.replies(), record.contacts(), record.entries(), events, accounts, consents
        )


def violations_of_records(tables: Tables, log: Sequence[LogEntry]) -> list[str]:
    """All that does not add up once the system has come to rest."""
    return [
        *_lost(tables, log),
        *_unanswered(tables, log),
        *_still_open(tables),
        *_gaps(tables),
        *_disagreements(tables),
        *_consents_without_entry(tables),
    ]


def figures_of_records(tables: Tables, log: Sequence[LogEntry]) -> dict[str, int]:
    return {
        "events with a message id acknowledged": len(_acknowledged(log)),
        **Counter(f"webhook attempts answered {e['status'] or 'by nobody'}" for e in log if e["what"] == "webhook"),
        "events stored": len(tables.events),
        "people": len(tables.contacts),
        "ledger entries": len(tables.entries),
    }


def _acknowledged(log: Sequence[LogEntry]) -> Counter[tuple[str, str, str]]:
    """Kind, person and message id of every event whose webhook was answered with 200."""
    return Counter(
        (event["kind"], event["psid"], event["mid"])
        for entry in log
        if entry["what"] == "webhook" and entry["accepted"]
        for event in entry["events"]
        if event["mid"] is not None
    )


def _lost(tables: Tables, log: Sequence[LogEntry]) -> Iterator[str]:
    """What was answered with 200 is stored."""
    stored = {found for row in tables.events for found in _names_of(json.loads(row.raw))}
    for kind, psid, mid in _acknowledged(log):
        if (kind, psid, mid) not in stored:
            yield f"{kind} {mid} of {psid} was answered with 200 and is not stored"


def _names_of(item: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Kind, person and message id of a stored item, as the platform's log has them."""
    sender, recipient = item.get("sender", {}).get("id"), item.get("recipient", {}).get("id")
    message = item.get("message")
    if message is not None:
        kind, psid = ("echo", recipient) if message.get("is_echo") else ("message", sender)
        yield kind, psid, message["mid"]
    for kind in ("postback", "reaction"):
        if kind in item:
            yield kind, sender, item[kind]["mid"]
    for mid in item.get("delivery", {}).get("mids", ()):
        yield "delivery", sender, mid


def _unanswered(tables: Tables, log: Sequence[LogEntry]) -> Iterator[str]:
    """What was answered with 200 is answered to the customer once, or its record tells why not."""
    owed = {row.event_key: row for row in tables.replies}
    for kind, psid, mid in _acknowledged(log):
        if kind in ("message", "postback"):
            row = owed.get(f"m:{mid}")
            if row is None:
                yield f"{kind} {mid} of {psid} was answered with 200, and no answer was ever planned"
            elif row.state != "sent" and row.reason is None:
                yield f"the answer to {kind} {mid} of {psid} is {row.state}, and nothing tells why"


def _still_open(tables: Tables) -> Iterator[str]:
    for what, rows in (("re-engagement", tables.reengagements), ("answer", tables.replies)):
        states = Counter(row.state for row in rows if row.state in _OPEN)
        yield from (f"{number} {what}(s) still {state} at rest" for state, number in states.items())


def _gaps(tables: Tables) -> Iterator[str]:
    """Each contact's entries, and each page's own, are numbered without a gap up to the number that is on record."""
    numbers = defaultdict(list)
    for entry in tables.entries:
        numbers[entry.account_id, entry.contact_id].append(entry.sequence)
    last = {(c.account_id, c.id): c.ledger_sequence for c in tables.contacts}
    last |= {(a.id, 0): a.ledger_sequence for a in tables.accounts}
    for key, found in numbers.items():
        if sorted(found) != list(range(1, len(found) + 1)):
            yield f"gap in the ledger of {key}"
    for key, sequence in last.items():
        if sequence != len(numbers.get(key, ())):
            yield f"the ledger of {key} has {len(numbers.get(key, ()))} entries, and {sequence} are on record"


def _disagreements(tables: Tables) -> Iterator[str]:
    """The ledger's last word about each re-engagement and each answer is what the table says."""
    said: dict[tuple[Any, ...], str] = {}
    for entry in tables.entries:  # in order
        subject = entry.subject_at if entry.kind in _STATE_OF_ENTRY else entry.evidence_key
        state = (_STATE_OF_ENTRY | _STATE_OF_REPLY_ENTRY).get(entry.kind)
        if state is not None and subject is not None:
            said[entry.account_id, entry.contact_id, subject] = state
    for row in tables.reengagements:
        state = said.get((row.account_id, row.contact_id, row.interaction_at))
        if state != row.state:
            yield f"re-engagement {row.contact_id}/{row.interaction_at} is {row.state}, its ledger says {state}"
    without = [r for r in tables.replies if said.get((r.account_id, r.contact_id, r.event_key)) != r.state]
    yield from _replies_without_entry(tables, without)


def _replies_without_entry(tables: Tables, without: Sequence[Row[Any]]) -> Iterator[str]:
    """Allowed: answers that their echo settled, whose entry names the echo; and those never planned to be given."""
    settled = sum(e.kind == "reconciled" and e.subject_at is None for e in tables.entries)
    sent = sum(row.state == "sent" for row in without)
    if sent > settled:
        yield f"{sent} answers became sent without their own entry, and {settled} echoes settled answers"
    for row in without:
        if row.state != "sent" and (row.state, row.reason) != ("skipped", "thread_owned"):
            yield f"the answer to {row.event_key} is {row.state}, and its ledger does not say so"


def _consents_without_entry(tables: Tables) -> Iterator[str]:
    """A consent record carries the number of its entry."""
    kinds = {(e.account_id, e.contact_id, e.sequence): e.kind for e in tables.entries}
    for row in tables.consents:
        kind = kinds.get((row.account_id, row.contact_id, row.sequence), "")
        if kind != f"consent_{row.state}":
            yield f"consent record {row.contact_id}/{row.sequence} is {row.state}, its entry is {kind or 'missing'}"
