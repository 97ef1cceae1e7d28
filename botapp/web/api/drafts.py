"""What is written by the API is read as a campaign file is, and refused with the same words."""

import json
from http import HTTPStatus
from typing import Annotated, Any

from pydantic import Field

from botapp.campaign.fields import CampaignError
from botapp.campaign.file import Campaign
from botapp.web.api.bodies import Part
from botapp.web.api.calls import Asked
from botapp.web.api.problems import Fault, ProblemError

_MOST_FAULTS = 20
OwnFacts = Annotated[
    list[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]],
    Field(max_length=100, description="names of facts that the business's own systems tell, if any is spoken of"),
]


class Drafted(Part):
    """A table of a campaign file, and what it needs declared."""

    facts: OwnFacts = Field(default_factory=list)


def read_table(asked: Asked, kind: str, table: dict[str, Any]) -> Campaign:
    """A campaign with this one template or rule. Problem 422, with every fault."""
    body: Drafted = asked.body
    try:
        content = json.dumps({"facts": body.facts, kind: [table]}).encode()
    except (ValueError, RecursionError):
        raise refused(["it holds a number that nobody can read"]) from None
    return read_whole(asked, content)


def read_whole(asked: Asked, content: bytes) -> Campaign:
    """A campaign file, in TOML or JSON. Problem 422, with every fault."""
    try:
        return asked.parts.reader.read(asked.page, content).campaign
    except CampaignError as error:
        raise refused(error.faults) from None


def refused(faults: list[str]) -> ProblemError:
    detail = "What was sent is no campaign that this page takes; see docs/campaigns.md. Nothing was stored."
    told = [Fault("", fault) for fault in faults[:_MOST_FAULTS]]
    return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "campaign", detail, told)
