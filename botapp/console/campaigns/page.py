"""One page, or one of its rules: funnel, outcomes, harm, over time and by what, and the hours ahead."""

from flask import Blueprint, render_template

from botapp.campaign.overview import load_outlook, load_overview, load_total, zone_of_page
from botapp.console.access import requires
from botapp.console.campaigns import shown
from botapp.console.campaigns.desk import PERIODS, Asked, most_an_hour
from botapp.console.pages_named import page_or_404
from botapp.console.parts import ConsoleParts
from botapp.policy.access import Permission
from botapp.policy.analytics import unusual
from botapp.policy.analytics.local_days import minutes_late
from botapp.storage import campaigns
from botapp.storage.rollup_reading import Span


def add_routes(blueprint: Blueprint, parts: ConsoleParts) -> None:
    """The page."""

    @blueprint.get("/pages/<int:account_id>")
    @requires(Permission.READ_CAMPAIGNS)
    def page(account_id: int) -> str:
        asked, named = Asked.of_request(), page_or_404(parts, account_id)
        with parts.database.reading() as connection:
            now = parts.database.now(connection)
            span = asked.span([account_id], zone_of_page(named), now)
            found = load_overview(connection, span, is_for_reading=True)
            today = load_total(connection, Span([account_id], span.last_day, span.last_day, zone=span.zone))
            outlook = load_outlook(connection, [account_id], now, span.zone)
            live = [rule.name for rule in campaigns.load_live_rules(connection, account_id)]
        rules = sorted({*live, *(each.rule for each in found.by_version), *([asked.rule] if asked.rule else [])})
        return render_template(
            "campaigns_page.html",
            page=named,
            asked=asked,
            periods=PERIODS,
            rules=rules,
            found=found,
            today=today,
            outlook=outlook,
            minutes_late=minutes_late(span.zone, now),
            most_an_hour=most_an_hour(parts),
            shown=shown,
            unusual=unusual,
        )
