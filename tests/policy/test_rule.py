"""For whom a rule is meant, and which of several comes first."""

import pytest

from botapp.policy.criteria import Comparison, Condition
from botapp.policy.rule import LiveRule, candidates
from botapp.policy.timing import Timing
from tests.policy.stories import HOUR


def _rule(name: str, priority: int = 0, *conditions: Condition) -> LiveRule:
    return LiveRule(name, 1, Timing(HOUR), priority, conditions)


@pytest.mark.parametrize(
    ("comparison", "expected", "value", "holds"),
    [
        (Comparison.IS, ("spring",), "spring", True),
        (Comparison.IS, ("spring",), "Spring", False),
        (Comparison.IS, ("spring",), "", False),
        (Comparison.IS, ("spring",), None, False),
        (Comparison.IS_NOT, ("spring",), "autumn", True),
        (Comparison.IS_NOT, ("spring",), "spring", False),
        (Comparison.IS_NOT, ("spring",), None, True),
        (Comparison.ONE_OF, ("a", "b"), "b", True),
        (Comparison.ONE_OF, ("a", "b"), "c", False),
        (Comparison.ONE_OF, ("a", "b"), None, False),
        (Comparison.EXISTS, ("yes",), "", True),
        (Comparison.EXISTS, ("yes",), None, False),
        (Comparison.EXISTS, ("no",), "a", False),
        (Comparison.EXISTS, ("no",), None, True),
        (Comparison.AT_LEAST, ("10",), "10", True),
        (Comparison.AT_LEAST, ("10",), "9.99", False),
        (Comparison.AT_LEAST, ("10",), "1e2", False),  # no number as people write them
        (Comparison.AT_LEAST, ("10",), "100.50", True),
        (Comparison.AT_LEAST, ("9",), "10", True),  # as numbers, not as texts
        (Comparison.AT_LEAST, ("10",), "many", False),
        (Comparison.AT_LEAST, ("10",), "nan", False),
        (Comparison.AT_LEAST, ("10",), "", False),
        (Comparison.AT_LEAST, ("10",), None, False),
        (Comparison.AT_LEAST, ("-5",), None, False),
        (Comparison.AT_LEAST, ("10",), "1" * 16, False),
        (Comparison.AT_MOST, ("10",), "10", True),
        (Comparison.AT_MOST, ("10",), "10.01", False),
        (Comparison.AT_MOST, ("10",), "nan", False),
        (Comparison.AT_MOST, ("10",), None, False),
    ],
)
def test_a_condition_compares_a_fact(
    comparison: Comparison, expected: tuple[str, ...], value: str | None, *, holds: bool
) -> None:
    facts = {"other": "spring"} if value is None else {"ref": value}
    assert Condition("ref", comparison, expected).holds(facts) is holds


def test_a_rule_without_conditions_is_meant_for_everyone() -> None:
    assert _rule("for-all").is_meant_for({})


def test_all_conditions_of_a_rule_must_hold() -> None:
    rule = _rule("both", 0, Condition("a", Comparison.IS, ("1",)), Condition("b", Comparison.IS, ("2",)))
    assert rule.is_meant_for({"a": "1", "b": "2"})
    assert not rule.is_meant_for({"a": "1"})
    assert not rule.is_meant_for({"b": "2"})


def test_the_most_important_comes_first_and_names_break_ties_however_they_were_loaded() -> None:
    rules = [_rule("b", 1), _rule("c", 2), _rule("a", 1), _rule("d", -1)]
    for order in (rules, rules[::-1]):
        assert [rule.name for rule in candidates(order, {})] == ["c", "a", "b", "d"]


def test_only_rules_that_are_meant_for_the_person_are_candidates() -> None:
    elsewhere = _rule("elsewhere", 9, Condition("ref", Comparison.IS, ("x",)))
    assert [rule.name for rule in candidates([elsewhere, _rule("here")], {"ref": "y"})] == ["here"]
