"""Forgetting what has been kept for its time: rounds through the tables in the order of their keys, in small steps.

No index is needed for it that every message would have to pay for. A round goes on where it stopped, whichever process
takes the next step.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from botapp.storage import bulk
from botapp.storage.schema import retention
from botapp.storage.statement import Statement

Position = list[int | str]  # the key of the last row that was looked at; empty: the round is over

# Before the first row: ids and instants count from 1, texts in keys are not empty.
_FIRST: Mapping[str, int | str] = {
    "account_id": 0,
    "contact_id": 0,
    "interaction_at": 0,
    "event_key": "",
    "number": 0,
    "name": "",
    "confirmation_code": "",
    "conversion_key": "",
    "key_id": 0,
    "idempotency_key": "",
}


class Round:
    """How one table is walked through, and what is forgotten of the rows in each step."""

    __slots__ = ("_changes", "_farthest", "_key", "_last", "kind")

    def __init__(self, kind: str, table: str, key: tuple[str, ...], changes: Mapping[str, str]) -> None:
        """`changes`: statements by the name of what they count.

        Each forgets what is older than `:before`, and only of the rows `{within}` the step.
        """
        columns, reverse = ", ".join(key), ", ".join(f"{name} DESC" for name in key)
        behind = f"({columns}) > ({', '.join(f':{name}' for name in key)})"
        within = f"{behind} AND ({columns}) <= ({', '.join(f':last_{name}' for name in key)})"
        rows = f"SELECT {columns} FROM {table} WHERE {behind}"  # noqa: S608  names are our schema's
        self.kind = kind
        self._key = key
        self._farthest = Statement(f"{rows} ORDER BY {columns} LIMIT 1 OFFSET :passed_over")
        self._last = Statement(f"{rows} ORDER BY {reverse} LIMIT 1")
        self._changes = {name: Statement(change.replace("{within}", within)) for name, change in changes.items()}

    @property
    def first(self) -> Position:
        """Where a round begins: before every row."""
        return [_FIRST[name] for name in self._key]

    def step(
        self, connection: Connection, position: Position, before: Mapping[str, datetime], rows: int
    ) -> tuple[dict[str, int], Position]:
        """Look at about that many rows from behind the position on; what was forgotten, and where it stopped."""
        here = dict(zip(self._key, position, strict=True))
        farthest = self._farthest.first(connection, {**here, "passed_over": rows - 1})
        last = farthest or self._last.first(connection, here)
        if last is None:
            return {}, []
        within = here | {f"last_{name}": value for name, value in zip(self._key, last, strict=True)}
        counted = {name: s.run(connection, {**within, "before": before[name]}) for name, s in self._changes.items()}
        return {name: number for name, number in counted.items() if number}, list(farthest or ())


ROUNDS = (
    Round(
        "events",
        "inbound_event",
        ("account_id", "event_key"),
        {
            "event_keys": "DELETE FROM inbound_event WHERE received_at < :before AND {within}",
            "raw_events": "UPDATE inbound_event SET raw = '' WHERE raw <> '' AND received_at < :before AND {within}",
        },
    ),
    Round(
        "replies",
        "reply",
        ("account_id", "contact_id", "event_key"),
        {
            "replies": "DELETE FROM reply WHERE planned_at < :before AND state NOT IN ('planned', 'claimed')"
            " AND {within}"
        },
    ),
    Round(
        "reengagements",
        "reengagement",
        ("account_id", "contact_id", "interaction_at"),
        {
            # The log hides the words, too. It goes first: afterwards nobody could tell of which claims.
            "entries": "UPDATE ledger_entry SET private = NULL, evidence_key = NULL WHERE kind = 'claimed'"
            " AND private IS NOT NULL AND leaf_index IS NOT NULL AND (account_id, contact_id, subject_at) IN"
            " (SELECT account_id, contact_id, interaction_at FROM reengagement WHERE text <> '' AND state <> 'claimed'"
            " AND claimed_at < :before AND {within})",
            "reengagements": "UPDATE reengagement SET text = '', message_id = NULL WHERE text <> ''"
            " AND state <> 'claimed' AND claimed_at < :before AND {within}",
        },
    ),
    Round(
        "facts",
        "fact",
        ("account_id", "contact_id", "name"),
        {"facts": "DELETE FROM fact WHERE observed_at < :before AND {within}"},
    ),
    Round(
        "conversions",
        "conversion",
        ("account_id", "contact_id", "conversion_key"),
        {"conversions": "DELETE FROM conversion WHERE occurred_at < :before AND {within}"},
    ),
    Round(
        "api_requests",
        "api_request",
        ("account_id", "key_id", "idempotency_key"),
        {"api_requests": "DELETE FROM api_request WHERE received_at < :before AND {within}"},
    ),
    Round(
        "handovers",
        "handover",
        ("account_id", "contact_id", "number"),
        {"handovers": "DELETE FROM handover WHERE ended_at < :before AND {within}"},
    ),
    Round(
        "questions",
        "unanswered_question",
        ("account_id", "contact_id", "event_key"),
        {"questions": "DELETE FROM unanswered_question WHERE asked_at < :before AND {within}"},
    ),
    Round(
        "requests",
        "privacy_request",
        ("confirmation_code",),
        {"requests": "DELETE FROM privacy_request WHERE closed_at < :before AND {within}"},
    ),
)


@dataclass(frozen=True, slots=True)
class Bookmark:
    """How far a round has come."""

    begun_at: datetime
    position: Position

    @property
    def is_over(self) -> bool:
        return not self.position


def load_bookmarks(connection: Connection) -> dict[str, Bookmark]:
    """Where each round stands, by its kind; those that never began are absent."""
    rows = connection.execute(select(retention))
    return {row.kind: Bookmark(row.begun_at, json.loads(row.position or "[]")) for row in rows}


def save_bookmark(connection: Connection, kind: str, bookmark: Bookmark) -> None:
    position = json.dumps(bookmark.position) if bookmark.position else None
    row: dict[str, Any] = {"kind": kind, "begun_at": bookmark.begun_at, "position": position}
    bulk.upsert(connection, retention, [row], key=("kind",))
