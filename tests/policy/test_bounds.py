"""When a rule lives, and who is held out of it."""

from dataclasses import replace
from datetime import datetime

import pytest

from botapp.audit import verify
from botapp.policy.bounds import Period, is_held_out
from botapp.policy.decision import Hold, PageFacts, Send, Skip
from botapp.policy.grounds import grounds_of
from botapp.policy.reason import Reason
from tests.policy.stories import ALICE, DEADLINE, DUE_AT, HOUR, MICROSECOND, RULE, TERMS, decided

_PEOPLE = range(4000)


def _page(period: Period) -> PageFacts:
    return PageFacts((replace(RULE, period=period),))


def test_a_rule_that_starts_later_is_waited_for() -> None:
    assert decided(page=_page(Period(start=DUE_AT + HOUR))) == Hold(
        DUE_AT + HOUR, Reason.NOT_DUE, replace(RULE, period=Period(start=DUE_AT + HOUR))
    )
    assert isinstance(decided(page=_page(Period(start=DUE_AT))), Send)


@pytest.mark.parametrize(("end", "is_sent"), [(DUE_AT, False), (DUE_AT + MICROSECOND, True), (DEADLINE + HOUR, True)])
def test_nothing_begins_at_the_end_of_a_rule_or_later(end: datetime, *, is_sent: bool) -> None:
    assert isinstance(decided(page=_page(Period(end=end))), Send) is is_sent


def test_those_held_out_are_the_share_that_was_asked_for_and_stay_the_same_when_it_grows() -> None:
    tenth = {person for person in _PEOPLE if is_held_out(1, "a-rule", person, 10)}
    third = {person for person in _PEOPLE if is_held_out(1, "a-rule", person, 33)}
    assert 300 < len(tenth) < 500
    assert tenth < third
    assert not any(is_held_out(1, "a-rule", person, 0) for person in _PEOPLE)
    assert all(is_held_out(1, "a-rule", person, 100) for person in _PEOPLE)


def test_who_is_held_out_of_one_rule_may_get_another() -> None:
    held = [
        [is_held_out(page, rule, person, 50) for person in _PEOPLE] for page, rule in ((1, "a"), (1, "b"), (2, "a"))
    ]
    for first, second in ((0, 1), (0, 2), (1, 2)):
        alike = sum(a == b for a, b in zip(held[first], held[second], strict=True))
        assert 0.4 < alike / len(_PEOPLE) < 0.6


def test_the_log_tells_who_is_held_out_and_the_verifier_comes_to_the_same() -> None:
    """Nobody who is held out gets a message; the entry has what it takes to say so."""
    page = PageFacts((replace(RULE, hold_out_percent=40),), account_id=3)
    seen = set()
    for person in range(50):
        alice = replace(ALICE, person=person)
        decision = decided(alice, page)
        grounds = grounds_of(decision, alice, page, TERMS, DUE_AT)
        assert grounds["hold_out"] == {"person": person, "percent": 40}
        assert grounds["rule"] == RULE.name
        held = verify.is_held_out({"account": 3, "details": grounds})
        assert held is (isinstance(decision, Skip) and decision.reason is Reason.HOLD_OUT)
        seen.add(held)
    assert seen == {True, False}
