"""A decision on a rule with variants: this person's, of those that may be sent, and named on the record."""

from dataclasses import replace

import pytest

from botapp.policy.decision import PageFacts, Send, Skip
from botapp.policy.experiments.assignment import Method
from botapp.policy.grounds import grounds_of
from botapp.policy.reason import Reason
from botapp.policy.rule import LiveRule, LiveTemplate, LiveVariant
from tests.policy.stories import ALICE, DUE_AT, RULE, TERMS, decided

_HELLO, _HI = LiveTemplate("hello", 3, "Hello!", "en"), LiveTemplate("hi", 1, "Hi!", "en")
_TRIED = replace(RULE, template=None, variants=(LiveVariant("a", "hello", 1, _HELLO), LiveVariant("b", "hi", 1, _HI)))


def _texts(rule: LiveRule, people: range = range(50), **page: object) -> set[str]:
    facts = replace(PageFacts((rule,), account_id=1), **page)  # type: ignore[arg-type]
    found = [decided(replace(ALICE, person=person), facts) for person in people]
    return {decision.text for decision in found if isinstance(decision, Send)}


def test_people_get_one_or_the_other() -> None:
    assert _texts(_TRIED) == {"Hello!", "Hi!"}


def test_a_paused_variant_goes_to_nobody_and_its_people_get_the_other() -> None:
    assert _texts(replace(_TRIED, paused=frozenset({"a"}))) == {"Hi!"}


def test_a_variant_whose_template_is_not_live_goes_to_nobody() -> None:
    without = replace(_TRIED, variants=(_TRIED.variants[0], replace(_TRIED.variants[1], template=None)))
    assert _texts(without) == {"Hello!"}


@pytest.mark.parametrize("paused", [{""}, {"a", "b"}])
def test_a_rule_of_which_all_is_paused_sends_nothing(paused: set[str]) -> None:
    assert decided(page=PageFacts((replace(_TRIED, paused=frozenset(paused)),))) == Skip(Reason.GUARD)


def test_another_rule_takes_the_place_of_a_paused_one() -> None:
    other = replace(RULE, name="other", priority=-1)
    found = decided(page=PageFacts((replace(_TRIED, paused=frozenset({""})), other)))
    assert isinstance(found, Send)
    assert found.rule.name == "other"


def test_thompson_sampling_goes_by_what_came_of_them() -> None:
    sampled = replace(_TRIED, method=Method.THOMPSON)
    counts = {("after-a-while", 1, "a"): (60, 140), ("after-a-while", 1, "b"): (4, 196)}
    assert _texts(sampled, counts=counts) == {"Hello!"}


def test_the_grounds_name_the_variant_its_template_and_all_that_the_draw_saw() -> None:
    sampled = replace(_TRIED, method=Method.THOMPSON)
    page = PageFacts((sampled,), account_id=1, counts={("after-a-while", 1, "a"): (6, 14)})
    contact = replace(ALICE, person=5)
    decision = decided(contact, page)
    grounds = grounds_of(decision, contact, page, TERMS, DUE_AT)
    assert (grounds["variant"], grounds["template"]) in {("a", "hello"), ("b", "hi")}
    assert grounds["draw"] == {"method": "thompson", "person": 5, "arms": [["a", 1, 6, 14], ["b", 1, 0, 0]]}
