"""The versions of rules, and how far they have come."""

from dataclasses import dataclass

from botapp.storage.schema import rule, rule_stage, rule_version
from botapp.storage.stages import StagedVersion, StagedVersions


@dataclass(frozen=True, slots=True)
class StagedRule(StagedVersion):
    """A version of a rule."""

    definition: str  # JSON


RULE_VERSIONS = StagedVersions("rule", rule, rule_version, rule_stage, StagedRule, ("definition",))
