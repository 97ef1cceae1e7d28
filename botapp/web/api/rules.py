"""/api/v1/pages/…/rules: read, written as drafts, and taken from draft to live."""

from typing import Any

from pydantic import BaseModel, Field

from botapp.campaign.file import RuleDraft
from botapp.campaign.rule_file import rule_table
from botapp.campaign.rules import RULES
from botapp.campaign.whole import unscaled
from botapp.storage.rule_stages import StagedRule
from botapp.web.api.calls import Asked
from botapp.web.api.drafts import Drafted, read_table
from botapp.web.api.staged import Resource, VersionShown


class RuleDrafted(Drafted):
    """A rule to be written."""

    rule: dict[str, Any] = Field(description="as [[rules]] of a campaign file has it: docs/campaigns.md")


class RuleShown(VersionShown):
    """A version of a rule, as a campaign file has it."""

    rule: dict[str, Any]


class RulesShown(BaseModel):
    """Some of the page's, by name, the newest version first."""

    items: list[RuleShown]
    next: str | None = Field(description="the cursor to go on with; null where the list ends")


def _read(asked: Asked) -> RuleDraft:
    body: RuleDrafted = asked.body
    [draft] = read_table(asked, "rules", body.rule).rules
    return draft


def _tell(each: StagedRule) -> dict[str, Any]:
    return {"rule": rule_table(*unscaled(each.key.name, each.definition))}


CALLS = Resource(
    RULES, _read, _tell, RuleDrafted, RuleShown, RulesShown, "The very same rule is the version that it was."
).calls()
