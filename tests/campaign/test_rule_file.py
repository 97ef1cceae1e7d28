"""Rules as files: what is written reads as the same rule, and the published schema knows what may be written."""

import json
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botapp.campaign.file import KNOWN_NAMES, Limits, read_campaign
from botapp.campaign.rule_file import as_json, as_toml
from botapp.campaign.rule_schema import rule_schema
from botapp.policy.bounds import Goal, Objective, Period
from botapp.policy.calendar import Calendar
from botapp.policy.criteria import Comparison, Condition, Criterion, Group, Grouping
from botapp.policy.portrait import TRAIT_NAMES
from botapp.policy.quiet_hours import QuietHours
from botapp.policy.rule import LiveRule
from botapp.policy.rule_definition import from_definition, to_definition
from botapp.policy.rule_limits import Budget, Per, PersonCap
from botapp.policy.timing import Timing
from botapp.storage.campaigns import content_hash
from tests.campaign.files import RULE, TEMPLATE, faults, read, written
from tests.policy.stories import PROPERTY

_LIMITS = Limits(2000, timedelta(hours=24), timedelta(minutes=5), known_templates=frozenset({"hello"}))
_SCHEMA = Path(__file__).parents[2] / "docs" / "campaign-rules.schema.json"

_words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)
_numbers = st.integers(-(10**14), 10**14).map(str) | st.decimals("-999", "999", places=2).map(float).map(str)
_bounds = _numbers | st.dates().map(lambda day: day.isoformat())
_names = st.sampled_from([*sorted(KNOWN_NAMES), *sorted(TRAIT_NAMES), "basket_value"])
_conditions = st.one_of(
    st.builds(Condition, _names, st.sampled_from([Comparison.IS, Comparison.IS_NOT]), st.tuples(_words)),
    st.builds(Condition, _names, st.just(Comparison.ONE_OF), st.lists(_words, min_size=1, max_size=3).map(tuple)),
    st.builds(Condition, _names, st.sampled_from([Comparison.AT_LEAST, Comparison.AT_MOST]), st.tuples(_bounds)),
    st.builds(Condition, _names, st.just(Comparison.EXISTS), st.sampled_from([("yes",), ("no",)])),
)
_criteria: st.SearchStrategy[Criterion] = st.recursive(
    _conditions,
    lambda members: st.builds(Group, st.sampled_from(Grouping), st.lists(members, min_size=1, max_size=3).map(tuple)),
    max_leaves=6,
)
_spans = st.integers(0, 80_000_000).map(lambda milliseconds: timedelta(milliseconds=milliseconds))
_walls = st.times()
_START = datetime(2026, 12, 1, 7, 30, tzinfo=UTC)
ANY_RULE = st.builds(
    LiveRule,
    name=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=20).filter(
        str.strip
    ),
    version=st.just(0),
    timing=st.builds(Timing, _spans)
    | st.builds(Timing, _spans, _walls, _spans, st.booleans())
    | st.builds(Timing, _spans, st.none(), _spans, st.just(True)),
    priority=st.integers(-1_000_000, 1_000_000),
    conditions=st.lists(_criteria, max_size=3).map(tuple),
    quiet_hours=st.none() | st.builds(QuietHours, st.just(time(22)), st.times(max_value=time(8))),
    topic=st.none() | st.just("offers"),
    period=st.builds(Period, st.none() | st.just(_START), st.none() | st.just(_START + timedelta(days=9))),
    calendar=st.builds(
        Calendar,
        st.sampled_from([(), ("FREQ=WEEKLY;BYDAY=MO,FR", "FREQ=MONTHLY;BYMONTHDAY=-1")]),
        st.frozensets(st.dates(), max_size=2),
        st.frozensets(st.dates(), max_size=2),
    ),
    hold_out_percent=st.integers(0, 50),
    objective=st.none()
    | st.builds(Objective, st.sampled_from(Goal), st.integers(1, 100), st.none() | st.integers(0, 1_000_000)),
    budget=st.none() | st.builds(Budget, st.integers(1, 1_000_000), st.sampled_from(Per)),
    cap=st.none() | st.builds(PersonCap, st.integers(1, 100), _spans.filter(bool)),
)


@settings(PROPERTY, max_examples=60)
@given(ANY_RULE)
def test_what_is_written_reads_as_the_same_rule(rule: LiveRule) -> None:
    """In both languages; and the same content has the same hash, however often it went through a file."""
    for text in (as_toml([(rule, "hello")]), as_json([(rule, "hello")])):
        [draft] = read_campaign(text.encode(), _LIMITS).rules
        assert (draft.rule, draft.template_name) == (rule, "hello")
        definition = to_definition(draft.rule, "hello")
        assert content_hash(definition) == content_hash(to_definition(rule, "hello"))
        stored = json.loads(json.dumps(definition))
        assert as_toml([(from_definition(rule.name, 0, stored, {}, 1), "hello")]) == as_toml([(rule, "hello")])


@settings(PROPERTY, max_examples=30)
@given(ANY_RULE)
def test_the_published_schema_knows_all_that_is_written(rule: LiveRule) -> None:
    jsonschema_rs.validate(json.loads(_SCHEMA.read_text()), json.loads(as_json([(rule, "hello")])))


@pytest.mark.parametrize(
    "change",
    [
        {"shoe_size": 42},
        {"delay": "soon"},
        {"delay": None},
        {"hold_out": 51},
        {"budget": 0},
        {"budget": {"most": 5, "per": "hour"}},
        {"per_customer": {"most": 2}},
        {"delay": None, "timing": {"or_after": "4h"}},
        {"delay": None, "timing": {"usual": False, "or_after": "4h"}},
        {"objective": "fame"},
        {"objective": "response", "target": 0},
        {"when": {"fact": "ref"}},
        {"when": {"fact": "ref", "is": "a", "is_not": "b"}},
        {"when": {"any": []}},
        {"when": {"any": [{"fact": "ref", "exists": 1}]}},
        {"when": [{"fact": "ref", "at_least": "ten"}]},
    ],
)
def test_what_the_schema_refuses_the_reader_refuses_too(change: dict[str, Any]) -> None:
    rule = {"name": "a-rule", "template": "hello", "delay": "4h", **change}
    file = {"rules": [{key: value for key, value in rule.items() if value is not None}]}
    assert not jsonschema_rs.is_valid(rule_schema(KNOWN_NAMES), file)
    assert faults(json.dumps(file), _LIMITS)


def test_the_published_schema_is_the_one_that_is_printed() -> None:
    assert json.loads(_SCHEMA.read_text()) == rule_schema(KNOWN_NAMES)


def test_conditions_are_nested() -> None:
    inner = '{ any = [{ fact = "hour", at_least = 9 }, { none = [{ fact = "price", exists = true }] }] }'
    when = f'[{{ fact = "ref", is = "a" }}, {inner}]'
    [draft] = read(written(TEMPLATE, RULE | {"when": when})).rules
    nested = Group(Grouping.NONE, (Condition("price", Comparison.EXISTS, ("yes",)),))
    hour = Condition("hour", Comparison.AT_LEAST, ("9",))
    assert draft.rule.conditions == (
        Condition("ref", Comparison.IS, ("a",)),
        Group(Grouping.ANY, (hour, nested)),
    )


@pytest.mark.parametrize(
    ("when", "key", "reason"),
    [
        ("{ any = [] }", "when.any", "with a list"),
        ('{ any = { fact = "ref", is = "a" } }', "when.any", "with a list"),
        ('{ all = [{ any = [{ fact = "shoe", is = "a" }] }] }', "when.all.any.fact", "known facts are"),
        ('{ any = [{ fact = "ref", is = "a" }], all = [] }', "when.fact", "known facts are"),
        ("{ any = [" * 9 + '{ fact = "ref", is = "a" }' + "] }" * 9, "any.any", "nested more than 8"),
        ("[" + '{ fact = "ref", is = "a" },' * 101 + "]", "when", "more than 100"),
        ('{ fact = "ref", at_least = 1234567890123456 }', "when.at_least", "does not fit"),
        ('{ fact = "ref", at_least = "2026-1-1" }', "when.at_least", "does not fit"),
        ('{ fact = "ref", is = "a\\u0000" }', "when.is", "does not fit"),
    ],
)
def test_criteria_that_cannot_be_meant_are_refused(when: str, key: str, reason: str) -> None:
    [found] = faults(written(TEMPLATE, RULE | {"when": when}))
    assert key in found
    assert reason in found


def test_a_trait_cannot_be_declared_as_a_fact() -> None:
    [found] = faults('facts = ["hour"]\n' + written())
    assert "worked out by itself" in found


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "not a JSON file"),
        ('{"rules": [], "rules": []}', "twice"),
        ('{"rules": NaN}', "NaN"),
        ('{"rules": [{"name": "\\ud800"}]}', "not a JSON file"),
        ('{"facts": ' + "[" * 100_000 + "}", "not a JSON file"),
    ],
)
def test_json_that_could_be_read_in_two_ways_is_refused(text: str, reason: str) -> None:
    assert reason in faults(text)[0]
