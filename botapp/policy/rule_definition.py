"""A rule version as it is stored: plain values, canonical, durations in seconds of an unscaled day."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from botapp.policy.bounds import Goal, Objective, Period
from botapp.policy.calendar import read_calendar, write_calendar
from botapp.policy.criteria import Comparison, Condition, Criterion, Group, Grouping
from botapp.policy.experiments.assignment import Method
from botapp.policy.quiet_hours import QuietHours
from botapp.policy.rule import LiveRule, LiveTemplate, LiveVariant
from botapp.policy.rule_limits import Budget, Per, PersonCap
from botapp.policy.timing import Timing


def to_definition(rule: LiveRule, template_name: str | None) -> dict[str, Any]:
    """The stored form of a rule whose durations are unscaled. One with variants has no template of its own."""
    topic = {"topic": rule.topic} if rule.topic else {}  # absent as ever: the same content stays the same version
    return {
        **topic,
        **_variants(rule),
        **_bounds(rule),
        "template": template_name,
        "delay_seconds": rule.timing.delay.total_seconds(),
        "at": rule.timing.at.isoformat() if rule.timing.at else None,
        "least_seconds": rule.timing.least.total_seconds(),
        "quiet_hours": [rule.quiet_hours.start.isoformat(), rule.quiet_hours.end.isoformat()]
        if rule.quiet_hours
        else None,
        "conditions": [_criterion(criterion) for criterion in rule.conditions],
        "priority": rule.priority,
    }


def from_definition(
    name: str, version: int, definition: Mapping[str, Any], templates: Mapping[str, LiveTemplate], scale: float
) -> LiveRule:
    """The live rule, its durations scaled; without a template if that one is not live."""
    quiet, objective = definition["quiet_hours"], definition.get("objective")
    budget, cap = definition.get("budget"), definition.get("per_customer")
    return LiveRule(
        name=name,
        version=version,
        timing=Timing(
            delay=timedelta(seconds=definition["delay_seconds"]) * scale,
            at=time.fromisoformat(definition["at"]) if definition["at"] else None,
            least=timedelta(seconds=definition["least_seconds"]) * scale,
            usual=definition.get("usual", False),
        ),
        priority=definition["priority"],
        conditions=tuple(_read_criterion(stored) for stored in definition["conditions"]),
        quiet_hours=QuietHours(*(time.fromisoformat(t) for t in quiet)) if quiet else None,
        template=templates.get(definition["template"]),
        topic=definition.get("topic"),
        variants=tuple(
            LiveVariant(variant, template, weight, templates.get(template))
            for variant, template, weight in definition.get("variants", ())
        ),
        method=Method(definition.get("method", Method.SPLIT)),
        period=Period(*(_instant(definition.get(name)) for name in ("start", "end"))),
        calendar=read_calendar(definition.get("calendar", ())),
        hold_out_percent=definition.get("hold_out_percent", 0),
        objective=Objective(Goal(objective[0]), *objective[1:]) if objective else None,
        budget=Budget(budget[0], Per(budget[1])) if budget else None,
        cap=PersonCap(cap[0], timedelta(seconds=cap[1]) * scale) if cap else None,
    )


def _variants(rule: LiveRule) -> dict[str, Any]:
    if not rule.variants:
        return {}
    variants = [[variant.name, variant.template_name, variant.weight] for variant in rule.variants]
    return {"variants": variants, "method": rule.method.value}


def _bounds(rule: LiveRule) -> dict[str, Any]:
    """What is not so is left out."""
    objective = rule.objective
    found = {
        "start": rule.period.start and rule.period.start.isoformat(),
        "end": rule.period.end and rule.period.end.isoformat(),
        "calendar": write_calendar(rule.calendar),
        "hold_out_percent": rule.hold_out_percent,
        "objective": _objective(objective) if objective else None,
        "usual": rule.timing.usual,
        "budget": [rule.budget.most, rule.budget.per.value] if rule.budget else None,
        "per_customer": [rule.cap.most, rule.cap.within.total_seconds()] if rule.cap else None,
    }
    return {name: value for name, value in found.items() if value}


def _objective(objective: Objective) -> list[str | int]:
    value = [] if objective.value is None else [objective.value]
    return [objective.goal.value, objective.target_percent, *value]


def _instant(stored: str | None) -> datetime | None:
    return datetime.fromisoformat(stored) if stored else None


def _criterion(criterion: Criterion) -> list[Any] | dict[str, Any]:
    """A condition as a list of three, a group as a table of one."""
    if isinstance(criterion, Condition):
        return [criterion.fact, criterion.comparison.value, list(criterion.expected)]
    return {criterion.grouping.value: [_criterion(member) for member in criterion.members]}


def _read_criterion(stored: list[Any] | dict[str, Any]) -> Criterion:
    if isinstance(stored, list):
        fact, comparison, expected = stored
        return Condition(fact, Comparison(comparison), tuple(expected))
    [(grouping, members)] = stored.items()
    return Group(Grouping(grouping), tuple(_read_criterion(member) for member in members))
