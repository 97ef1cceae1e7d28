"""What the routes share: their collaborators, the pages that may be seen, and the stretch of time that is asked for."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo

from flask import request
from sqlalchemy import Connection

from botapp.campaign.overview import zone_of_page
from botapp.console.pages_named import pages_of
from botapp.console.parts import ConsoleParts
from botapp.policy.access import Permission
from botapp.policy.analytics.local_days import day_of
from botapp.storage.accounts import Account
from botapp.storage.rollup_reading import Span

PERIODS = (7, 28, 90)
_USUAL = 28
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """The days and the rule that an address asks for."""

    days: int
    rule: str | None

    @staticmethod
    def of_request() -> "Asked":
        """What is not understood is as if it were not there."""
        days = request.args.get("days", type=int)
        rule = request.args.get("rule", "")[:_LONGEST_NAME]
        return Asked(days if days in PERIODS else _USUAL, rule or None)

    def span(self, account_ids: list[int], zone: tzinfo, now: datetime) -> Span:
        """Whole days by the clocks of the zone, today included."""
        today = day_of(now, zone)
        return Span(account_ids, today - self.days + 1, today, self.rule, zone)


def by_zone(pages: Iterable[Account]) -> Iterator[tuple[tzinfo, list[int]]]:
    """The pages that share a zone, whose numbers are read together."""
    found: dict[str, list[Account]] = {}
    for page in pages:
        found.setdefault(page.zone, []).append(page)
    for together in found.values():
        yield zone_of_page(together[0]), [page.id for page in together]


def visible(connection: Connection) -> list[Account]:
    """The pages whose campaigns the staff member may read."""
    return pages_of(connection, Permission.READ_CAMPAIGNS)


def most_an_hour(parts: ConsoleParts) -> float:
    """Messages that one page may send in an hour."""
    return parts.sends_per_second * 3600
