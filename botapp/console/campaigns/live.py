"""Figures of today as server-sent events that keep no thread: each answer ends at once, and the browser asks again.

A stream that stays open would hold one of the threads that webhooks need, for as long as somebody looks. The protocol
has it otherwise, too: an event source that ends is opened again after the time that it named, with the number of the
last event. So a page that is looked at costs a few short requests a second, and next to nothing while nothing changes.
"""

import json
import threading
from dataclasses import dataclass, field

from flask import Blueprint, Response, request
from sqlalchemy import Connection

from botapp.campaign.overview import load_totals
from botapp.clock import Clock
from botapp.console.access import requires
from botapp.console.campaigns.desk import by_zone, visible
from botapp.console.parts import ConsoleParts
from botapp.policy.access import Permission
from botapp.policy.analytics.local_days import day_of
from botapp.policy.analytics.tally import Tally
from botapp.storage import rollups
from botapp.storage.rollup_reading import Span

LIVE = ("opened", "eligible", "planned", "sent", "matured", "responded", "harmed")
_AGAIN_MILLISECONDS = 400  # what is counted half a second after it happened is seen within the second
_LATER_MILLISECONDS = 5000
_MOST_A_SECOND = 30  # of each web process; beyond, browsers are asked to come back later


@dataclass(slots=True)
class Pace:
    """How many looks are granted in each second: webhooks come first."""

    clock: Clock
    most: int = _MOST_A_SECOND
    _second: int = 0
    _granted: int = 0
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def grants(self) -> bool:
        """Whether this look may go on."""
        with self._turn:
            second = int(self.clock.elapsed())
            if second != self._second:
                self._second, self._granted = second, 0
            self._granted += 1
            return self._granted <= self.most


def add_routes(blueprint: Blueprint, parts: ConsoleParts) -> None:
    """The events."""
    pace = Pace(parts.clock)

    @blueprint.get("/live")
    @requires(Permission.READ_CAMPAIGNS)
    def live() -> Response:
        if not pace.grants():
            return _event_stream(f"retry: {_LATER_MILLISECONDS}\n\n")
        with parts.database.reading() as connection:
            number = str(rollups.load_progress(connection).round)
            if request.headers.get("Last-Event-ID") == number:
                return _event_stream(f"retry: {_AGAIN_MILLISECONDS}\n\n")
            figures = _figures(connection, parts)
        return _event_stream(f"retry: {_AGAIN_MILLISECONDS}\nid: {number}\ndata: {json.dumps(figures)}\n\n")


def _figures(connection: Connection, parts: ConsoleParts) -> dict[str, int]:
    found, now = {}, parts.database.now(connection)
    for zone, account_ids in by_zone(visible(connection)):
        today = day_of(now, zone)
        totals = load_totals(connection, Span(account_ids, today, today, zone=zone))
        found.update({f"{page}-{name}": totals.get(page, Tally())[name] for page in account_ids for name in LIVE})
    return found


def _event_stream(text: str) -> Response:
    return Response(text, mimetype="text/event-stream")
