"""A rule version as it is stored: plain values, canonical, durations in seconds of an unscaled day."""

from collections.abc import Mapping
from datetime import time, timedelta
from typing import Any

from botapp.policy.quiet_hours import QuietHours
from botapp.policy.rule import Comparison, Condition, LiveRule, LiveTemplate
from botapp.policy.timing import Timing


def to_definition(rule: LiveRule, template_name: str) -> dict[str, Any]:
    """The stored form of a rule whose durations are unscaled."""
    return {
        "template": template_name,
        "delay_seconds": rule.timing.delay.total_seconds(),
        "at": rule.timing.at.isoformat() if rule.timing.at else None,
        "least_seconds": rule.timing.least.total_seconds(),
        "quiet_hours": [rule.quiet_hours.start.isoformat(), rule.quiet_hours.end.isoformat()]
        if rule.quiet_hours
        else None,
        "conditions": [[c.fact, c.comparison.value, list(c.expected)] for c in rule.conditions],
        "priority": rule.priority,
    }


def from_definition(
    name: str, version: int, definition: Mapping[str, Any], templates: Mapping[str, LiveTemplate], scale: float
) -> LiveRule:
    """The live rule, its durations scaled; without a template if that one is not live."""
    quiet = definition["quiet_hours"]
    return LiveRule(
        name=name,
        version=version,
        timing=Timing(
            delay=timedelta(seconds=definition["delay_seconds"]) * scale,
            at=time.fromisoformat(definition["at"]) if definition["at"] else None,
            least=timedelta(seconds=definition["least_seconds"]) * scale,
        ),
        priority=definition["priority"],
        conditions=tuple(Condition(f, Comparison(c), tuple(e)) for f, c, e in definition["conditions"]),
        quiet_hours=QuietHours(*(time.fromisoformat(t) for t in quiet)) if quiet else None,
        template=templates.get(definition["template"]),
    )
