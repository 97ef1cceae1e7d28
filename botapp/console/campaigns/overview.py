"""The first page: every page and its rules in a few numbers."""

from collections import defaultdict
from dataclasses import dataclass

from flask import Blueprint, render_template

from botapp.campaign.overview import VersionTally, day_of, load_by_rule, load_totals
from botapp.console.access import requires
from botapp.console.campaigns.desk import PERIODS, Asked, visible
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
            pages = visible(connection)
            now = parts.database.now(connection)
            account_ids = [page.id for page in pages]
            today = load_totals(connection, account_ids, day_of(now), day_of(now))
            by_rule = load_by_rule(connection, asked.span(account_ids, now))
        totals: dict[int, list[Tally]] = defaultdict(list)
        rules: dict[int, list[VersionTally]] = defaultdict(list)
        for (account_id, rule, version), tally in by_rule:
            totals[account_id].append(tally)
            if rule:
                rules[account_id].append(VersionTally(rule, version, tally))
        figures = [PageFigures(p, today.get(p.id, Tally()), together(totals[p.id]), rules[p.id]) for p in pages]
        return render_template("campaigns_overview.html", figures=figures, asked=asked, periods=PERIODS)
