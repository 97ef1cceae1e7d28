"""The variant of a rule that is meant for one person."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from botapp.policy.bounds import Goal
from botapp.policy.experiments import outcome
from botapp.policy.experiments.assignment import Arm, Method, choose, experiment_name
from botapp.policy.experiments.outcome import Measure
from botapp.policy.rule import Drawn, LiveRule

Tried = tuple[str, int, str]  # rule, version, variant
Counts = Mapping[Tried, tuple[int, int]]  # successes and failures
# By what a rule is for: of which sends the outcome is known, and which of them are a success. Conversions are waited
# for to the end of their time: were a success counted sooner than a failure, what was sent last would look best.
_KNOWN_AND_WON = {
    Goal.RESPONSE: (Measure.MATURED, Measure.RESPONDED),
    Goal.CONVERSION: (Measure.CONCLUDED, Measure.WON),
}


def is_sampled(rule: LiveRule) -> bool:
    """Whether its variants are chosen by what came of them."""
    return bool(rule.variants) and rule.method is Method.THOMPSON


def goal_of(rule: LiveRule) -> Goal:
    """What its variants compete for."""
    return rule.objective.goal if rule.objective else Goal.RESPONSE


def successes_and_failures(rules: Iterable[LiveRule], counted: outcome.Counts) -> Counts:
    """What a draw goes by, of the variants of those rules that are chosen by it."""
    goals = {(rule.name, rule.version): goal_of(rule) for rule in rules if is_sampled(rule)}
    found = {}
    for (cell, measure), number in counted.items():
        goal = goals.get((cell.rule, cell.version))
        if goal is None or cell.is_held_out or measure is not _KNOWN_AND_WON[goal][0]:
            continue
        won = counted[cell, _KNOWN_AND_WON[goal][1]]
        found[cell.rule, cell.version, cell.variant] = (won, number - won)
    return found


def for_person(rule: LiveRule, account_id: int, person: int, counts: Counts) -> LiveRule:
    """The rule with the template of this person's variant; as it is where it has no variant that may be sent."""
    arms = tuple(
        Arm(variant.name, variant.weight, *counts.get((rule.name, rule.version, variant.name), (0, 0)))
        for variant in rule.variants
        if variant.template is not None and variant.name not in rule.paused
    )
    if not arms:
        return rule
    name = choose(rule.method, experiment_name(account_id, rule.name), person, arms)
    chosen = next(variant for variant in rule.variants if variant.name == name)
    return replace(rule, template=chosen.template, drawn=Drawn(name, person, arms))
