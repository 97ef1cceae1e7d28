"""Writes rules as a campaign file has them, in TOML and in JSON; what is written reads as the same rule."""

import json
from collections.abc import Iterable
from datetime import time
from typing import Any

from botapp.campaign.file import KNOWN_NAMES
from botapp.campaign.rule_limits import write_limits
from botapp.campaign.toml_writer import write_line
from botapp.durations import write_duration
from botapp.policy.calendar import write_calendar
from botapp.policy.criteria import Comparison, Condition, Criterion, facts_of, is_date
from botapp.policy.experiments.assignment import Method
from botapp.policy.portrait import TRAIT_NAMES
from botapp.policy.rule import LiveRule, LiveVariant


def rule_table(rule: LiveRule, template_name: str | None) -> dict[str, Any]:
    """The table of a rule whose durations are unscaled. What is not said is left out."""
    table = {
        "name": rule.name,
        "template": template_name,
        "method": rule.method.value if rule.method is not Method.SPLIT else None,
        "variants": [_variant(variant) for variant in rule.variants] or None,
        **_timing(rule),
        "quiet_hours": f"{_wall(rule.quiet_hours.start)}-{_wall(rule.quiet_hours.end)}" if rule.quiet_hours else None,
        "priority": rule.priority or None,
        "topic": rule.topic,
        "start": rule.period.start and rule.period.start.isoformat(),
        "end": rule.period.end and rule.period.end.isoformat(),
        "calendar": write_calendar(rule.calendar) or None,
        "hold_out": rule.hold_out_percent or None,
        "objective": rule.objective and rule.objective.goal.value,
        "target": rule.objective and rule.objective.target_percent,
        "value": rule.objective and rule.objective.value,
        **write_limits(rule),
        "when": [_criterion(criterion) for criterion in rule.conditions] or None,
    }
    return {key: value for key, value in table.items() if value is not None}


def as_json(rules: Iterable[tuple[LiveRule, str | None]]) -> str:
    """A campaign file in JSON with these rules, each with the name of its template."""
    return json.dumps(_file(rules), ensure_ascii=False, indent=2) + "\n"


def as_toml(rules: Iterable[tuple[LiveRule, str | None]]) -> str:
    """The same in TOML."""
    file = _file(rules)
    parts = ["[[rules]]\n" + "".join(write_line(key, value) for key, value in table.items()) for table in file["rules"]]
    return "\n".join([write_line("facts", file["facts"]), *parts] if "facts" in file else parts)


def _file(rules: Iterable[tuple[LiveRule, str | None]]) -> dict[str, Any]:
    """With the facts declared that only the business knows."""
    listed = list(rules)
    own = sorted({name for rule, _ in listed for name in facts_of(rule.conditions)} - KNOWN_NAMES - TRAIT_NAMES)
    return {**({"facts": own} if own else {}), "rules": [rule_table(rule, template) for rule, template in listed]}


def _variant(variant: LiveVariant) -> dict[str, Any]:
    return {"name": variant.name, "template": variant.template_name, "weight": variant.weight}


def _timing(rule: LiveRule) -> dict[str, Any]:
    timing = rule.timing
    if timing.at is None and not timing.usual:
        return {"delay": write_duration(timing.delay)}
    usual = {"usual": True} if timing.usual else {}
    at = {"at": _wall(timing.at)} if timing.at else {}
    least = {"at_least": write_duration(timing.least)} if timing.least else {}
    return {"timing": {**usual, **at, "or_after": write_duration(timing.delay), **least}}


def _wall(wall: time) -> str:
    return wall.isoformat() if wall.second or wall.microsecond else f"{wall:%H:%M}"


def _criterion(criterion: Criterion) -> dict[str, Any]:
    if not isinstance(criterion, Condition):
        return {criterion.grouping.value: [_criterion(member) for member in criterion.members]}
    return {"fact": criterion.fact, criterion.comparison.value: _expected(criterion)}


def _expected(condition: Condition) -> str | int | float | bool | list[str]:
    first = condition.expected[0]
    match condition.comparison:
        case Comparison.EXISTS:
            return first == "yes"
        case Comparison.ONE_OF:
            return list(condition.expected)
        case Comparison.AT_LEAST | Comparison.AT_MOST if not is_date(first):
            return float(first) if "." in first else int(first)
    return first
