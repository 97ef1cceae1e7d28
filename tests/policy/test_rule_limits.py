"""A rule's own limits: its budget by the page's calendar, and how often one customer may get it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from botapp.policy.decision import Hold, PageFacts, Send, Skip
from botapp.policy.reason import Reason
from botapp.policy.rule_limits import Budget, Per, PersonCap, Spending, period_of
from botapp.policy.zones import find_zone
from tests.policy.stories import ALICE, DAY, DUE_AT, HOUR, MICROSECOND, RULE, WROTE_AT, decided

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_BUDGET = replace(RULE, budget=Budget(10))
_CAPPED = replace(RULE, cap=PersonCap(2, 30 * DAY))


def _page(spent: int, until: datetime | None, *others: Any) -> PageFacts:
    return PageFacts((_BUDGET, *others), spending={RULE.name: Spending(spent, _BEGINNING, until)})


def _at(written: str) -> datetime:
    return datetime.fromisoformat(written).astimezone(UTC)


@pytest.mark.parametrize(
    ("per", "now", "begins", "ends"),
    [
        (Per.DAY, "2026-03-10T12:00+01:00", "2026-03-10T00:00+01:00", "2026-03-11T00:00+01:00"),
        (Per.DAY, "2026-03-10T00:00+01:00", "2026-03-10T00:00+01:00", "2026-03-11T00:00+01:00"),
        (Per.DAY, "2026-03-29T12:00+02:00", "2026-03-29T00:00+01:00", "2026-03-30T00:00+02:00"),  # the clocks go on
        (Per.WEEK, "2026-03-15T23:59+01:00", "2026-03-09T00:00+01:00", "2026-03-16T00:00+01:00"),
        (Per.MONTH, "2026-12-31T23:59+01:00", "2026-12-01T00:00+01:00", "2027-01-01T00:00+01:00"),
        (Per.MONTH, "2026-03-01T00:00+01:00", "2026-03-01T00:00+01:00", "2026-04-01T00:00+02:00"),
    ],
)
def test_periods_follow_each_other_on_the_pages_calendar(per: Per, now: str, begins: str, ends: str) -> None:
    zone = find_zone("Europe/Berlin")
    assert zone
    assert period_of(per, _at(now), zone) == (_at(begins), _at(ends))
    assert period_of(per, _at(ends), zone)[0] == _at(ends)
    assert period_of(per, _at(ends) - MICROSECOND, zone)[0] == _at(begins)


def test_a_budget_in_total_has_one_period() -> None:
    assert period_of(Per.TOTAL, WROTE_AT, UTC) == (_BEGINNING, None)


@pytest.mark.parametrize(
    ("spent", "until", "comes_to"),
    [
        (9, None, Send),
        (10, None, Reason.BUDGET),
        (11, None, Reason.BUDGET),
        (10, DUE_AT + HOUR, DUE_AT + HOUR),  # it goes on within the window
        (10, WROTE_AT + 2 * DAY, Reason.BUDGET),
    ],
)
def test_what_is_spent_is_not_sent_before_the_next_period(spent: int, until: datetime | None, comes_to: object) -> None:
    decision = decided(page=_page(spent, until))
    match decision:
        case Send():
            assert comes_to is Send
        case Hold(at, reason):
            assert (at, reason) == (comes_to, Reason.NOT_DUE)
        case Skip(reason):
            assert reason is comes_to


def test_the_next_rule_has_its_turn_when_a_budget_is_spent() -> None:
    other = replace(RULE, name="the-other", priority=-1)
    decision = decided(page=_page(10, None, other))
    assert isinstance(decision, Send)
    assert decision.rule is other


@pytest.mark.parametrize(
    ("ago", "comes_to"),
    [
        ((2 * DAY,), Send),
        ((2 * DAY, 30 * DAY), Send),
        ((2 * DAY, 30 * DAY - HOUR), DUE_AT + HOUR),
        ((2 * DAY, 29 * DAY), Reason.RULE_CAP),
        ((2 * DAY, 29 * DAY, 60 * DAY), Reason.RULE_CAP),
    ],
)
def test_a_customer_gets_so_many_of_a_rule_and_no_more(ago: tuple[timedelta, ...], comes_to: object) -> None:
    claims = {RULE.name: tuple(DUE_AT - each for each in ago)}
    decision = decided(replace(ALICE, claims_of_rules=claims), PageFacts((_CAPPED,)))
    found = decision.until if isinstance(decision, Hold) else decision.reason if isinstance(decision, Skip) else Send
    assert found == comes_to


def test_what_another_rule_sent_is_not_counted() -> None:
    claims = {"another": (DUE_AT - 2 * DAY, DUE_AT - 3 * DAY)}
    assert isinstance(decided(replace(ALICE, claims_of_rules=claims), PageFacts((_CAPPED,))), Send)
