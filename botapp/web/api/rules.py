"""/api/v1/pages/…/rules: read, written as drafts, and taken from draft to live."""

from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import Connection

from botapp.campaign.rule_file import rule_table
from botapp.campaign.rules import RuleDesk
from botapp.campaign.whole import unscaled
from botapp.policy.api_scope import ApiScope
from botapp.policy.template_stage import Refusal, Step
from botapp.storage import rule_stages
from botapp.storage.rule_stages import RuleKey, StagedRule
from botapp.web.api.calls import Asked, Call, changing, reading
from botapp.web.api.drafts import Drafted, read_table
from botapp.web.api.staged import Kind, StepTaken, VersionsAsked, VersionShown, portion, standing_values


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


def _list(asked: Asked) -> RulesShown:
    with asked.parts.database.reading() as connection:
        found = rule_stages.load_of_page(connection, asked.page.id)
    items, following = portion(asked, "rules", found, lambda each: (each.key.name, each.key.version))
    return RulesShown(items=[_shown(each) for each in items], next=following)


def _write(connection: Connection, asked: Asked) -> RuleShown:
    body: RuleDrafted = asked.body
    [draft] = read_table(asked, "rules", body.rule).rules
    return _shown(_desk(asked).write_within(connection, asked.page.id, draft, by=asked.key.author))


def _take(connection: Connection, asked: Asked, step: Step) -> Refusal | None:
    body: StepTaken = asked.body
    return _desk(asked).take_within(connection, step, _named(asked), by=asked.key.author, why=body.why)


def _show_named(connection: Connection, asked: Asked) -> RuleShown:
    return _shown(rule_stages.load(connection, _named(asked)))


def _named(asked: Asked) -> RuleKey:
    return RuleKey(asked.page.id, asked.body.name, asked.body.version)


def _desk(asked: Asked) -> RuleDesk:
    return RuleDesk(asked.parts.database, through=asked.key.id)


def _shown(each: StagedRule) -> RuleShown:
    return RuleShown(
        name=each.key.name,
        version=each.key.version,
        **standing_values(each.standing),
        by_command=each.by_command,
        changed_at=each.changed_at,
        content_hash=each.content_hash,
        rule=rule_table(*unscaled(each.key.name, each.definition)),
    )


KIND = Kind("rule", _take, _show_named, RuleShown)
CALLS = (
    Call(
        "GET",
        KIND.address,
        "rules",
        "List the versions of rules, by name, the newest first.",
        ApiScope.CAMPAIGNS_READ,
        reading(_list),
        answer=RulesShown,
        query=VersionsAsked,
    ),
    Call(
        "POST",
        KIND.address,
        "rule",
        "Write a rule: a draft, until others approve it. The very same rule is the version that it was.",
        ApiScope.CAMPAIGNS_WRITE,
        changing(_write),
        answer=RuleShown,
        body=RuleDrafted,
        is_once=True,
    ),
    *KIND.steps(),
)
