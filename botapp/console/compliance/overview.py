"""The desk's first page: how much is on record, what it says, and what somebody should look at."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from botapp.compliance.background_check import BackgroundCheck
from botapp.compliance.state import load_log_state
from botapp.console.access import current_staff, reach_of, requires
from botapp.console.compliance.desk import Desk, Pages, visible_pages
from botapp.console.compliance.shown import ShownEntry, show
from botapp.policy.access import Permission
from botapp.storage import entries, log_checks, tally, tree
from botapp.storage.ledger import EntryKind
from botapp.storage.log_checks import LogCheck
from botapp.storage.tally import Filter, Tally

_PERIODS = (1, 7, 30)
_LISTED = 5
_UNKNOWN = (EntryKind.UNKNOWN, EntryKind.REPLY_UNKNOWN)
_PROMISES = (  # what it is called, what it counts, how it looks where there is any
    ("The customer wrote", (EntryKind.INTERACTION,), ""),
    ("Messages begun", (EntryKind.CLAIMED,), ""),
    ("Messages sent", (EntryKind.SENT,), ""),
    ("Answered by the customer", (EntryKind.TAKEN_UP,), ""),
    ("Decided not to send", (EntryKind.SKIPPED,), ""),
    ("Too late, so not sent", (EntryKind.EXPIRED,), ""),
    ("Stops and pauses set", (EntryKind.SUPPRESSION_SET,), ""),
    ("Outcome not known at once", (EntryKind.UNKNOWN,), "warn"),
    ("Crossed a no on the way", (EntryKind.CROSSED,), "bad"),
)
_NOT_SENT = frozenset({EntryKind.SKIPPED, EntryKind.EXPIRED, EntryKind.SUPERSEDED, EntryKind.HELD, EntryKind.FAILED})


@dataclass(frozen=True, slots=True)
class Totals:
    """What a period came to."""

    by_kind: Counter[str]
    not_sent: Sequence[tuple[str, int]]  # reason and number, the most frequent first

    @staticmethod
    def of(tallies: Sequence[Tally]) -> "Totals":
        """Over all pages."""
        by_kind, by_reason = Counter[str](), Counter[str]()
        for t in tallies:
            by_kind[t.kind] += t.entries
            if t.reason and t.kind in _NOT_SENT:
                by_reason[t.reason] += t.entries
        return Totals(by_kind, by_reason.most_common())

    def count(self, kinds: Sequence[EntryKind]) -> int:
        """Of these kinds together."""
        return sum(self.by_kind[kind] for kind in kinds)


@dataclass(frozen=True, slots=True)
class Checks:
    """The check of the live log that runs, and the last one that does not."""

    running: LogCheck | None
    last: LogCheck | None

    @staticmethod
    def of(found: Sequence[LogCheck], now: datetime) -> "Checks":
        """One that was not heard of for a minute is not running any more."""
        running = next((check for check in found if check.is_running(now)), None)
        return Checks(running, next((check for check in found if check is not running), None))


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """The overview."""

    @blueprint.get("/")
    @requires(Permission.READ_LOG)
    def overview() -> str:
        days = request.args.get("days", type=int)
        days = days if days in _PERIODS else None
        log = load_log_state(desk.database)
        with desk.database.reading() as connection:
            now = desk.database.now(connection)
            pages = visible_pages(connection)
            since = midnight(now) - timedelta(days=days - 1) if days else None
            return render_template(
                "desk_overview.html",
                pages=pages,
                days=days,
                since=f"{since:%Y-%m-%dT%H:%M}" if since else None,
                now=now,
                log=log,
                checkpoint=tree.last_checkpoint(connection),
                checks=Checks.of(log_checks.load_latest(connection, 2), now),
                checks_all=reach_of(Permission.READ_LOG).everywhere,
                totals=Totals.of(tally.load_tallies(connection, Filter(pages.account_ids, since=since))),
                promises=_PROMISES,
                crossed=_newest(connection, pages, [EntryKind.CROSSED]),
                unknown=_newest(connection, pages, _UNKNOWN),
            )

    @blueprint.post("/checks")
    @requires(Permission.READ_LOG, everywhere=True)
    def check() -> ResponseReturnValue:
        checking = BackgroundCheck(desk.database, desk.exporter.signer, desk.clock)
        if checking.begin(current_staff().id) is None:
            flash("The log is being checked already.")
        return redirect(url_for("compliance.overview", _anchor="check"), 303)


def midnight(now: datetime) -> datetime:
    """The day's first instant, UTC."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def _newest(connection: Connection, pages: Pages, kinds: Sequence[EntryKind]) -> list[ShownEntry]:
    wanted = Filter(pages.account_ids, kinds=kinds)
    return [show(entry) for entry in entries.search(connection, wanted, None, _LISTED)]
