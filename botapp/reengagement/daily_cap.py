"""A page's daily cap where it is kept: in the claim's own transaction, to the message."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from botapp.policy.daily_cap import DailyCap
from botapp.policy.decision import Decision, PageFacts, Send
from botapp.policy.rule_limits import Per, period_of
from botapp.policy.zones import find_zone
from botapp.storage import daily_caps, rule_limits
from botapp.storage.accounts import Account

Decided = tuple[Decision, PageFacts]


def with_daily_cap(connection: Connection, page: PageFacts, account: Account, now: datetime) -> PageFacts:
    """The page with what it has begun today, if it has a cap."""
    cap = find_daily_cap(connection, account, now)
    return page if cap is None else replace(page, daily_cap=cap)


def find_daily_cap(connection: Connection, account: Account, now: datetime) -> DailyCap | None:
    """A page's cap with what it has begun today, by its own calendar; None if it has no cap."""
    if account.daily_cap is None:
        return None
    since, until = period_of(Per.DAY, now, find_zone(account.zone) or UTC)
    begun = daily_caps.load_begun(connection, account.id, since)
    return DailyCap(account.daily_cap, begun, since, until or since + timedelta(days=1))


def decide_within_cap(connection: Connection, page: PageFacts, decide: Callable[[PageFacts], Decided]) -> Decided:
    """What is decided, a send counted; and the page with what it had begun before.

    Where others were quicker and the cap is reached, it is decided again, with that known.
    """
    decision, seen = decide(page)
    cap = seen.daily_cap
    if cap is None or not isinstance(decision, Send):
        return decision, seen
    begun = daily_caps.count(connection, page.account_id, cap.since, cap.most)
    if begun is not None:
        return decision, replace(seen, daily_cap=replace(cap, begun=begun - 1))
    if decision.rule.budget is not None:
        spending = seen.spending[decision.rule.name]
        rule_limits.unspend(connection, page.account_id, decision.rule.name, spending.since)
    return decide(replace(page, daily_cap=replace(cap, begun=cap.most)))
