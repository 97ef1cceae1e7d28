"""How much of a rule there may be: a budget for all customers together, and how often for each of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from dateutil import tz

from botapp.policy.reason import Reason

_THE_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)
_DECEMBER = 12


class Per(StrEnum):
    """What a budget is for."""

    TOTAL = "total"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Budget:
    """At most so many messages of a rule, by the calendar of its page."""

    most: int
    per: Per = Per.TOTAL


@dataclass(frozen=True, slots=True)
class PersonCap:
    """At most so many messages of a rule for one customer within any such time."""

    most: int
    within: timedelta


@dataclass(frozen=True, slots=True)
class Spending:
    """What of a budget is spent, of the period that lasts from `since` until before `until`."""

    spent: int
    since: datetime
    until: datetime | None  # None: it is for good


def period_of(per: Per, now: datetime, zone: tzinfo) -> tuple[datetime, datetime | None]:
    """The period of a budget that it is now: when it began, and when the next one does; weeks begin on Mondays."""
    today = now.astimezone(zone).date()
    match per:
        case Per.TOTAL:
            return _THE_BEGINNING, None
        case Per.DAY:
            first, following = today, today + timedelta(days=1)
        case Per.WEEK:
            first = today - timedelta(days=today.weekday())
            following = first + timedelta(days=7)
        case Per.MONTH:
            first = today.replace(day=1)
            following = date(today.year + today.month // _DECEMBER, today.month % _DECEMBER + 1, 1)
    return _midnight(first, zone), _midnight(following, zone)


def limits_of(
    budget: Budget | None, spending: Spending | None, cap: PersonCap | None, claimed_at: Sequence[datetime]
) -> dict[Reason, datetime]:
    """The instants before which a rule's own limits forbid another message to a customer.

    `claimed_at`: when those of this rule to this customer were begun, the newest first.
    """
    found: dict[Reason, datetime] = {}
    if budget is not None and spending is not None and spending.spent >= budget.most:
        found[Reason.BUDGET] = spending.until or _NEVER
    if cap is not None and len(claimed_at) >= cap.most:
        found[Reason.RULE_CAP] = claimed_at[cap.most - 1] + cap.within
    return found


def _midnight(day: date, zone: tzinfo) -> datetime:
    """When that day begins; where clocks skip midnight, when they first show that day."""
    return tz.resolve_imaginary(datetime.combine(day, time(), tzinfo=zone)).astimezone(UTC)
