"""How the pages of the rules say things."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime

from botapp.campaign.rule_file import as_json, as_toml
from botapp.console.staged import words
from botapp.console.staged.words import Pill
from botapp.policy.approval import Stage, Step
from botapp.policy.criteria import Comparison, Grouping
from botapp.policy.experiments.guards import Guard
from botapp.policy.rule import LiveRule
from botapp.policy.rule_definition import from_definition
from botapp.policy.rule_limits import Per
from botapp.storage.rule_stages import StagedRule

STAGES = words.STAGES | {Stage.RETIRED: ("ended", "")}
_GUARDED = ("paused by a guard", "bad")
_PARTLY_GUARDED = ("live, a variant paused", "warn")
_NOT_BEGUN = ("live, not begun", "warn")
_OVER = ("ended", "")
STEPS = words.STEPS | {Step.RETIRE: "End"}
DONE = words.DONE | {
    Step.PUBLISH: "It is live. Silences that go on now are planned anew within seconds.",
    Step.PAUSE: "Nobody gets anything by it until a second person resumes it.",
    Step.RETIRE: "It is over.",
}
COMPARISONS = {
    Comparison.IS: "is",
    Comparison.IS_NOT: "is not",
    Comparison.ONE_OF: "is one of",
    Comparison.AT_LEAST: "is at least",
    Comparison.AT_MOST: "is at most",
    Comparison.EXISTS: "is known",
}
GROUPINGS = {Grouping.ALL: "all of these", Grouping.ANY: "at least one of these", Grouping.NONE: "none of these"}
PERIODS = {Per.TOTAL: "in total", Per.DAY: "per day", Per.WEEK: "per week", Per.MONTH: "per month"}
GUARDS = {
    Guard.RESPONSE: "it is improbable that as many answer as have to",
    Guard.HARM: "it is improbable that it does as little harm as it has to",
}


def rule_of(staged: StagedRule) -> tuple[LiveRule, str | None]:
    """The rule as it was written, durations of an unscaled day, and the name of its template."""
    definition = json.loads(staged.definition)
    return from_definition(staged.key.name, staged.key.version, definition, {}, 1), definition["template"]


def texts_of(staged: StagedRule) -> dict[str, str]:
    """The rule as files have it."""
    written = [rule_of(staged)]
    return {"TOML": as_toml(written), "JSON": as_json(written)}


def pill_of(staged: StagedRule, paused: Mapping[tuple[str, int], frozenset[str]], now: datetime) -> Pill:
    """The state of a version in a word or two."""
    if staged.standing.stage is not Stage.LIVE:
        return STAGES[staged.standing.stage]
    rule, _ = rule_of(staged)
    by_guard = paused.get((staged.key.name, staged.key.version), frozenset())
    if by_guard:
        return _GUARDED if _is_all(rule, by_guard) else _PARTLY_GUARDED
    if rule.period.end is not None and rule.period.end <= now:
        return _OVER
    return _NOT_BEGUN if rule.period.start is not None and rule.period.start > now else STAGES[Stage.LIVE]


def _is_all(rule: LiveRule, paused: Iterable[str]) -> bool:
    return {"", *paused} >= {variant.name for variant in rule.variants}
