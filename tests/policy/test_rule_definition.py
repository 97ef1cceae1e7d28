"""A rule survives being stored."""

import json
from datetime import time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from botapp.policy.criteria import Comparison, Condition
from botapp.policy.quiet_hours import QuietHours
from botapp.policy.rule import LiveRule
from botapp.policy.rule_definition import from_definition, to_definition
from botapp.policy.timing import Timing
from tests.policy.stories import DAY, PROPERTY, RULE, TEMPLATE

_durations = st.timedeltas(timedelta(0), 30 * DAY)
_texts = st.text(max_size=20)
_conditions = st.builds(Condition, _texts, st.sampled_from(Comparison), st.lists(_texts, max_size=3).map(tuple))
_rules = st.builds(
    LiveRule,
    name=st.just("a-rule"),
    version=st.just(3),
    timing=st.builds(Timing, _durations, st.none() | st.times(), _durations),
    priority=st.integers(-1_000_000, 1_000_000),
    conditions=st.lists(_conditions, max_size=3).map(tuple),
    quiet_hours=st.none() | st.builds(QuietHours, st.times(), st.times()),
    template=st.just(TEMPLATE),
)


def _stored_and_loaded(rule: LiveRule, scale: float = 1.0) -> LiveRule:
    definition = json.loads(json.dumps(to_definition(rule, TEMPLATE.name), sort_keys=True))
    return from_definition(rule.name, rule.version, definition, {TEMPLATE.name: TEMPLATE}, scale)


@PROPERTY
@given(_rules)
def test_what_is_stored_comes_back_the_same(rule: LiveRule) -> None:
    assert _stored_and_loaded(rule) == rule


@PROPERTY
@given(_rules)
def test_what_came_back_is_stored_the_same(rule: LiveRule) -> None:
    assert to_definition(_stored_and_loaded(rule), TEMPLATE.name) == to_definition(rule, TEMPLATE.name)


def test_a_short_day_shortens_durations_and_leaves_the_wall_clock_alone() -> None:
    timing = Timing(timedelta(hours=12), at=time(8), least=timedelta(hours=6))
    rule = LiveRule("a-rule", 1, timing, quiet_hours=QuietHours(time(21), time(8)), template=TEMPLATE)
    loaded = _stored_and_loaded(rule, scale=1 / 360)
    assert loaded.timing == Timing(timedelta(minutes=2), at=time(8), least=timedelta(minutes=1))
    assert loaded.quiet_hours == rule.quiet_hours


def test_a_rule_whose_template_is_not_live_has_none() -> None:
    definition = to_definition(RULE, "another")
    assert from_definition("a-rule", 1, definition, {TEMPLATE.name: TEMPLATE}, 1.0).template is None
