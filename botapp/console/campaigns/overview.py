"""The first page: every page and its rules in a few numbers."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask import Blueprint, render_template
from sqlalchemy import Connection

from botapp.campaign.overview import VersionTally, load_by_rule, load_totals
from botapp.console.access import requires
from botapp.console.campaigns.desk import PERIODS, Asked, by_zone, visible
from botapp.console.parts import ConsoleParts
from botapp.policy.access import Permission
from botapp.policy.analytics.tally import Tally, together
from botapp.storage.accounts import Account


@dataclass(frozen=True, slots=True)
class PageFigures:
    """One page, today and over the days asked for."""

    page: Account
    today: Tally
    total: Tally
    rules: list[VersionTally]


def add_routes(blueprint: Blueprint, parts: ConsoleParts) -> None:
    """The overview."""

    @blueprint.get("/")
    @requires(Permission.READ_CAMPAIGNS)
    def overview() -> str:
        asked = Asked.of_request()
        with parts.database.reading() as connection:
            figures = _figures(connection, visible(connection), asked, parts.database.now(connection))
        return render_template("campaigns_overview.html", figures=figures, asked=asked, periods=PERIODS)


def _figures(connection: Connection, pages: Sequence[Account], asked: Asked, now: datetime) -> list[PageFigures]:
    """Of all pages, with two statements for each zone that they are in."""
    today: dict[int, Tally] = {}
    totals: dict[int, list[Tally]] = defaultdict(list)
    rules: dict[int, list[VersionTally]] = defaultdict(list)
    for zone, account_ids in by_zone(pages):
        span = asked.span(account_ids, zone, now)
        today |= load_totals(connection, replace(span, first_day=span.last_day))
        for (account_id, rule, version), tally in load_by_rule(connection, span):
            totals[account_id].append(tally)
            if rule:
                rules[account_id].append(VersionTally(rule, version, tally))
    return [PageFigures(p, today.get(p.id, Tally()), together(totals[p.id]), rules[p.id]) for p in pages]
