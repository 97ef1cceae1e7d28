"""Compares, send by send, what the platform accepted with what the database says: the promises, from outside."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from botapp.reengagement.delivery import METADATA_PREFIX
from tests.scenarios.instance import Record

_MAY_HAVE_ARRIVED = ("sent", "unknown")


@dataclass(frozen=True, slots=True)
class Books:
    """Both sides' records of one instance."""

    log: Sequence[dict[str, Any]]
    record: Record

    @property
    def accepted(self) -> list[dict[str, Any]]:
        return [e for e in self.log if e["what"] == "send" and e["accepted"]]

    @property
    def proactive(self) -> list[dict[str, Any]]:
        return [e for e in self.accepted if not e["is_response"]]


def faults(books: Books) -> list[str]:
    """Every promise that does not hold, in words."""
    reengagements, replies = books.record.reengagements(), books.record.replies()
    return [
        *_unexplained([e for e in books.accepted if not e["is_response"]], reengagements, "re-engagement"),
        *_unexplained([e for e in books.accepted if e["is_response"]], replies, "answer"),
        *_outside_the_window(books),
        *_twice_in_a_silence(books),
        *_after_a_no(books, reengagements),
        *_lost(books, replies),
        *_gaps(books.record.entries()),
    ]


def acknowledged_at(books: Books) -> dict[str, float]:
    """By message id: when its webhook was first answered with 200."""
    found: dict[str, float] = {}
    for entry in books.log:
        if entry["what"] == "webhook" and entry["accepted"]:
            for event in entry["events"]:
                if event["mid"] is not None and event["kind"] in ("message", "postback"):
                    found.setdefault(event["mid"], entry["epoch"])
    return found


def _unexplained(accepted: Sequence[dict[str, Any]], rows: Sequence[Row[Any]], what: str) -> list[str]:
    """Each message that arrived has a row, each row that says sent a message, and none has two."""
    arrived = Counter(str(e["metadata"]).removeprefix(METADATA_PREFIX) for e in accepted)
    by_token = {row.claim_token: row for row in rows if row.claim_token}
    said = [f"{what} {token} arrived {times} times" for token, times in arrived.items() if times > 1]
    said += [f"{what} {token} arrived, and no row knows it" for token in arrived.keys() - by_token.keys()]
    for token, row in by_token.items():
        if row.state == "sent" and token not in arrived:
            said.append(f"{what} {token} is said to be sent and never arrived")
        if row.state not in _MAY_HAVE_ARRIVED and token in arrived:
            said.append(f"{what} {token} arrived and is said to be {row.state}")
    return said


def _outside_the_window(books: Books) -> list[str]:
    said = [
        f"to {e['psid']} outside the window" for e in books.accepted if not (e["window_remaining_seconds"] or 0) > 0
    ]
    refused = [e for e in books.log if e["what"] == "send" and e["code"] == 10]
    return said + [f"the platform refused a send to {e['psid']} as outside the window" for e in refused]


def _twice_in_a_silence(books: Books) -> list[str]:
    """By the platform's own order: between two re-engagements of a person there is something that the person did."""
    said, spoken = [], defaultdict(lambda: True)
    for entry in books.log:
        if entry["what"] in ("message", "postback", "reaction"):
            spoken[entry["psid"]] = True
        elif entry["what"] == "send" and entry["accepted"] and not entry["is_response"]:
            if not spoken[entry["psid"]]:
                said.append(f"a second re-engagement to {entry['psid']} in one silence")
            spoken[entry["psid"]] = False
    return said


def _after_a_no(books: Books, reengagements: Sequence[Row[Any]]) -> list[str]:
    """Nothing proactive arrives after a STOP was answered 200, unless it was on the wire and is on record so."""
    acknowledged, crossed = acknowledged_at(books), {r.claim_token for r in reengagements if r.crossed_at is not None}
    stopped_at: dict[str, float] = {}
    said = []
    for entry in books.log:
        if entry["what"] == "message" and entry["text"] in ("STOP", "START"):
            stopped_at.pop(entry["psid"], None)
            if entry["text"] == "STOP" and entry["message_id"] in acknowledged:
                stopped_at[entry["psid"]] = acknowledged[entry["message_id"]]
        elif entry in books.proactive and entry["epoch"] > stopped_at.get(entry["psid"], entry["epoch"]):
            token = str(entry["metadata"]).removeprefix(METADATA_PREFIX)
            if token not in crossed:
                said.append(f"a re-engagement to {entry['psid']} after a STOP that was answered 200")
    return said


def _lost(books: Books, replies: Sequence[Row[Any]]) -> list[str]:
    """What was answered 200 is stored, and is answered once to the customer or on record as unknown."""
    acknowledged, stored = acknowledged_at(books), books.record.event_keys()
    owed = {row.event_key: row for row in replies}
    said = [f"{mid} was answered 200 and is not stored" for mid in acknowledged if f"m:{mid}" not in stored]
    for mid in acknowledged:
        row = owed.get(f"m:{mid}")
        if row is None or row.state not in _MAY_HAVE_ARRIVED:
            said.append(f"{mid} was answered 200, and its answer is {row.state if row else 'not even planned'}")
    return said


def _gaps(entries: Sequence[Row[Any]]) -> list[str]:
    numbers = defaultdict(list)
    for entry in entries:
        numbers[entry.account_id, entry.contact_id].append(entry.sequence)
    return [f"gap in the ledger of {c}" for c, found in numbers.items() if found != list(range(1, len(found) + 1))]
