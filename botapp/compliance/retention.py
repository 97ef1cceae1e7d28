"""Forgets what has been kept for its time, kind by kind, and puts on record how much that was."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from botapp.storage import ledger, retention, scrubbing
from botapp.storage.engine import Database
from botapp.storage.ledger import Entry, EntryKind
from botapp.storage.retention import Bookmark, Round

_ROWS_OF_A_STEP = 2000


@dataclass(frozen=True, slots=True)
class KeepingTimes:
    """How long each kind is kept, scaled with the day; see config/defaults.toml."""

    raw_events: timedelta
    event_keys: timedelta
    messages: timedelta
    facts: timedelta
    requests: timedelta
    round_interval: timedelta

    def before(self, now: datetime) -> Mapping[str, datetime]:
        """Until when each is forgotten, by the names of what the rounds count."""
        messages = now - self.messages
        return {
            "raw_events": now - self.raw_events,
            "event_keys": now - self.event_keys,
            "replies": messages,
            "reengagements": messages,
            "entries": messages,
            "questions": messages,
            "handovers": messages,
            "facts": now - self.facts,
            "conversions": now - self.facts,
            "api_requests": now - self.event_keys,
            "requests": now - self.requests,
        }


@dataclass(frozen=True, slots=True)
class Retention:
    """The ticker's part: at each call one step through each table whose time has come."""

    database: Database
    times: KeepingTimes
    rows_of_a_step: int = _ROWS_OF_A_STEP

    def run(self) -> Mapping[str, int]:
        """One step of each round; what was forgotten, by its name."""
        with self.database.reading() as connection:
            now = self.database.now(connection)
            known = retention.load_bookmarks(connection)
        forgotten: dict[str, int] = {}
        for each in retention.ROUNDS:
            bookmark = known.get(each.kind)
            if bookmark is None or not bookmark.is_over or now - bookmark.begun_at >= self.times.round_interval:
                forgotten |= self._step(each)
        if forgotten:
            scrubbing.empty_write_ahead_log(self.database)
        return forgotten

    def _step(self, each: Round) -> Mapping[str, int]:
        with self.database.transaction() as connection:
            now = self.database.now(connection)
            before = self.times.before(now)
            known = retention.load_bookmarks(connection).get(each.kind)
            begun = Bookmark(now, each.first) if known is None or known.is_over else known
            counted, position = each.step(connection, begun.position, before, self.rows_of_a_step)
            retention.save_bookmark(connection, each.kind, Bookmark(begun.begun_at, position))
            if counted:
                entry = Entry(EntryKind.FORGOTTEN, occurred_at=now, details=counted)
                ledger.append_for_installation(connection, entry, now)
        return counted
