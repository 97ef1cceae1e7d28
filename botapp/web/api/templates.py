"""/api/v1/pages/…/templates: read, written as drafts, and taken from draft to live."""

from typing import Any

from pydantic import BaseModel, Field

from botapp.campaign.file import TemplateDraft
from botapp.campaign.templates import TEMPLATES
from botapp.campaign.whole import template_table
from botapp.storage.template_stages import StagedTemplate
from botapp.web.api.calls import Asked
from botapp.web.api.drafts import Drafted, read_table
from botapp.web.api.staged import Resource, VersionShown


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


def _read(asked: Asked) -> TemplateDraft:
    body: TemplateDrafted = asked.body
    [draft] = read_table(asked, "templates", body.template).templates
    return draft


def _tell(each: StagedTemplate) -> dict[str, Any]:
    return {"template": template_table(each.key.name, each.wordings, each.purpose)}


CALLS = Resource(
    TEMPLATES,
    _read,
    _tell,
    TemplateDrafted,
    TemplateShown,
    TemplatesShown,
    "The same words are the version that they were.",
).calls()
