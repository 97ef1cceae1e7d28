"""The variant of a rule that is meant for one person."""

from collections.abc import Mapping
from dataclasses import replace

from botapp.policy.experiments.assignment import Arm, choose, experiment_name
from botapp.policy.rule import Drawn, LiveRule

Tried = tuple[str, int, str]  # rule, version, variant
Counts = Mapping[Tried, tuple[int, int]]  # successes and failures


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
