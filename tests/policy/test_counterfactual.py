"""What would have had to be otherwise is said by the production policy itself, to the second."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from botapp.policy.consent import Basis, ConsentRecord, ConsentState
from botapp.policy.counterfactual import Case, counterfactual
from botapp.policy.decision import PastClaim, Send, Skip
from botapp.policy.preferences import Frequency, Preferences
from botapp.policy.quiet_hours import QuietHours
from botapp.policy.reason import Reason
from botapp.policy.rule_limits import Budget, Spending
from botapp.policy.suppression import Suppression
from botapp.policy.window import Interactions
from tests.policy.stories import ALICE, DAY, DEADLINE, DUE_AT, HOUR, MINUTE, PAGE, RULE, TERMS, WROTE_AT

CASE = Case(ALICE, PAGE, TERMS, WROTE_AT, DUE_AT)
SECOND = timedelta(seconds=1)
CLAIMED_AT = WROTE_AT - MINUTE
IGNORED = tuple(PastClaim(WROTE_AT - days * 3 * DAY, taken_up=False) for days in (1, 2))


def with_contact(**changes: Any) -> Case:
    return replace(CASE, contact=replace(ALICE, **changes))


def with_page(**changes: Any) -> Case:
    return replace(CASE, page=replace(PAGE, **changes))


def with_claims(at: datetime, number: int = 1) -> Case:
    claims = tuple(PastClaim(at - place * MINUTE, taken_up=True) for place in range(number))
    return with_contact(last_claimed_at=at, past_claims=claims)


BY_ITSELF = {
    Reason.STOPPED: with_contact(
        suppressions=(Suppression("stop", WROTE_AT), Suppression("notices", WROTE_AT)),
        consents=(ConsentRecord(ConsentState.WITHDRAWN, WROTE_AT),),  # as every STOP leaves it
    ),
    Reason.COMPLAINT: with_contact(suppressions=(Suppression("complaint", WROTE_AT),)),
    Reason.CONVERTED: with_contact(converted_at=WROTE_AT),
    Reason.ANSWERED: with_contact(answered_at=WROTE_AT),
    Reason.MUTED: with_contact(suppressions=(Suppression("mute", WROTE_AT, WROTE_AT + 3 * DAY),)),
    Reason.UNREACHABLE: with_contact(reachable=False),
    Reason.NO_CONSENT: replace(CASE, terms=replace(TERMS, basis=Basis.EXPLICIT)),
    Reason.IGNORED: with_contact(past_claims=IGNORED, last_claimed_at=IGNORED[0].claimed_at),
    Reason.WEEKLY_CAP: with_contact(
        past_claims=tuple(PastClaim(WROTE_AT - days * DAY, taken_up=True) for days in (2, 3, 4)),
        last_claimed_at=WROTE_AT - 2 * DAY,
    ),
    Reason.ONE_PER_SILENCE: with_claims(WROTE_AT + MINUTE),
    Reason.NO_LEGAL_INSTANT: with_page(rules=(replace(RULE, quiet_hours=QuietHours(time(0), time(0))),)),
    Reason.FREQUENCY: with_contact(
        past_claims=(PastClaim(WROTE_AT - 3 * DAY, taken_up=True),),
        last_claimed_at=WROTE_AT - 3 * DAY,
        preferences=Preferences(Frequency.WEEKLY),
    ),
    Reason.OWN_QUIET_HOURS: with_contact(preferences=Preferences(quiet_hours=QuietHours(time(15), time(13)))),
    Reason.TOPIC_STOPPED: with_contact(suppressions=(Suppression("topic:offers", WROTE_AT),)),
    Reason.BUDGET: with_page(
        rules=(replace(RULE, budget=Budget(5)),), spending={RULE.name: Spending(5, WROTE_AT - DAY, None)}
    ),
    Reason.HOLD_OUT: with_page(rules=(replace(RULE, hold_out_percent=100),)),
    Reason.GUARD: with_page(rules=(replace(RULE, paused=frozenset({""})),)),
    Reason.NO_TEMPLATE: with_page(rules=(replace(RULE, template=None),)),
    Reason.PROACTIVE_STOPPED: with_page(proactive_stopped=True),
    Reason.PAGE_PAUSED: with_page(paused=True),
    Reason.CLOCKS_DISAGREE: with_page(clocks_disagree=True),
    Reason.THREAD_OWNED: with_contact(thread_owned=True),
    Reason.ANSWER_PENDING: with_contact(answer_pending=True),
    Reason.SUPERSEDED: with_contact(interactions=Interactions(WROTE_AT + HOUR, WROTE_AT)),
}


@pytest.mark.parametrize("reason", BY_ITSELF)
def test_taking_away_what_stood_in_the_way_makes_it_a_send(reason: Reason) -> None:
    decision = BY_ITSELF[reason].decide()
    assert not isinstance(decision, Send)
    assert decision.reason is reason
    found = counterfactual(BY_ITSELF[reason], reason)
    assert (found.sent_at, found.still) == (DUE_AT, None)


def test_what_else_would_have_stood_in_the_way_is_named() -> None:
    case = with_contact(suppressions=(Suppression("stop", WROTE_AT),), reachable=False)
    assert counterfactual(case, Reason.STOPPED).still is Reason.UNREACHABLE


def test_a_window_that_had_closed_tells_from_when_on_the_last_message_would_have_been_in_time() -> None:
    late = replace(CASE, now=DEADLINE + HOUR)
    assert late.decide() == Skip(Reason.WINDOW_CLOSED)
    found = counterfactual(late, Reason.WINDOW_CLOSED)
    assert found.message_after is not None
    assert late.with_last_message(found.message_after).is_sent()
    assert not late.with_last_message(found.message_after - SECOND).is_sent()
    assert found.message_after - (WROTE_AT + HOUR) < SECOND


def test_a_send_tells_how_old_the_last_message_might_have_been() -> None:
    found = counterfactual(CASE, None)
    assert found.message_before is not None
    assert not CASE.with_last_message(found.message_before).is_sent()
    assert CASE.with_last_message(found.message_before + SECOND).is_sent()


def test_a_message_that_came_too_soon_after_another_tells_when_that_should_have_been_begun() -> None:
    case = with_claims(CLAIMED_AT)
    assert case.decide() == Skip(Reason.COOL_DOWN)
    found = counterfactual(case, Reason.COOL_DOWN)
    assert found.by is not None
    assert DEADLINE - (found.by + TERMS.least_gap) <= SECOND
    assert found.by + TERMS.least_gap < DEADLINE


def test_a_mute_tells_by_when_it_should_have_ended() -> None:
    found = counterfactual(BY_ITSELF[Reason.MUTED], Reason.MUTED)
    assert found.by is not None
    assert timedelta(0) < DEADLINE - found.by <= SECOND


def test_where_no_message_time_would_have_helped_none_is_named() -> None:
    found = counterfactual(BY_ITSELF[Reason.NO_LEGAL_INSTANT], Reason.NO_LEGAL_INSTANT)
    assert (found.message_before, found.message_after) == (None, None)


def test_quiet_hours_tell_by_when_the_last_message_should_have_come() -> None:
    """Written at noon, due at four; quiet from three in the afternoon until one hour after the window."""
    quiet = replace(RULE, quiet_hours=QuietHours(time(15), time(13)))
    case = replace(CASE, page=replace(PAGE, rules=(quiet,)), now=WROTE_AT)
    assert case.decide() == Skip(Reason.NO_LEGAL_INSTANT)
    found = counterfactual(case, Reason.NO_LEGAL_INSTANT)
    assert found.message_before is not None
    assert case.with_last_message(found.message_before).is_sent()
    assert not case.with_last_message(found.message_before + SECOND).is_sent()


def test_reasons_that_no_fact_of_the_moment_could_change_say_nothing() -> None:
    assert counterfactual(CASE, Reason.NO_ANSWER) == counterfactual(CASE, Reason.NO_RULE)
