"""/api/v1/pages/…/templates: read, written as drafts, and taken from draft to live."""

from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import Connection

from botapp.campaign.templates import TemplateDesk
from botapp.campaign.whole import template_table
from botapp.policy.api_scope import ApiScope
from botapp.policy.template_stage import Refusal, Step
from botapp.storage import template_stages
from botapp.storage.template_stages import StagedTemplate, TemplateKey
from botapp.web.api.calls import Asked, Call, changing, reading
from botapp.web.api.drafts import Drafted, read_table
from botapp.web.api.staged import Kind, StepTaken, VersionsAsked, VersionShown, portion, standing_values


class TemplateDrafted(Drafted):
    """A template to be written."""

    template: dict[str, Any] = Field(description="as [[templates]] of a campaign file has it: docs/campaigns.md")


class TemplateShown(VersionShown):
    """A version of a template, with its words as a campaign file has them."""

    template: dict[str, Any]


class TemplatesShown(BaseModel):
    """Some of the page's, by name, the newest version first."""

    items: list[TemplateShown]
    next: str | None = Field(description="the cursor to go on with; null where the list ends")


def _list(asked: Asked) -> TemplatesShown:
    with asked.parts.database.reading() as connection:
        found = template_stages.load_of_page(connection, asked.page.id)
    items, following = portion(asked, "templates", found, lambda each: (each.key.name, each.key.version))
    return TemplatesShown(items=[_shown(each) for each in items], next=following)


def _write(connection: Connection, asked: Asked) -> TemplateShown:
    body: TemplateDrafted = asked.body
    [draft] = read_table(asked, "templates", body.template).templates
    return _shown(_desk(asked).write_within(connection, asked.page.id, draft, by=asked.key.author))


def _take(connection: Connection, asked: Asked, step: Step) -> Refusal | None:
    body: StepTaken = asked.body
    return _desk(asked).take_within(connection, step, _named(asked), by=asked.key.author, why=body.why)


def _show_named(connection: Connection, asked: Asked) -> TemplateShown:
    return _shown(template_stages.load(connection, _named(asked)))


def _named(asked: Asked) -> TemplateKey:
    return TemplateKey(asked.page.id, asked.body.name, asked.body.version)


def _desk(asked: Asked) -> TemplateDesk:
    return TemplateDesk(asked.parts.database, through=asked.key.id)


def _shown(each: StagedTemplate) -> TemplateShown:
    return TemplateShown(
        name=each.key.name,
        version=each.key.version,
        **standing_values(each.standing),
        by_command=each.by_command,
        changed_at=each.changed_at,
        content_hash=each.content_hash,
        template=template_table(each.key.name, each.wordings, each.purpose),
    )


KIND = Kind("template", _take, _show_named, TemplateShown)
CALLS = (
    Call(
        "GET",
        KIND.address,
        "templates",
        "List the versions of templates, by name, the newest first.",
        ApiScope.CAMPAIGNS_READ,
        reading(_list),
        answer=TemplatesShown,
        query=VersionsAsked,
    ),
    Call(
        "POST",
        KIND.address,
        "template",
        "Write a template: a draft, until others approve it. The same words are the version that they were.",
        ApiScope.CAMPAIGNS_WRITE,
        changing(_write),
        answer=TemplateShown,
        body=TemplateDrafted,
        is_once=True,
    ),
    *KIND.steps(),
)
