"""POST /api/v1/stop: the kill switch, on. There is no call that turns it off: only people resume, on the console."""

from http import HTTPStatus
from typing import Annotated

from pydantic import BaseModel, Field

from botapp.campaign.kill_switch import KillSwitch
from botapp.policy.api_scope import ApiScope
from botapp.policy.approval import Refusal
from botapp.storage import accounts
from botapp.web.api.bodies import Part
from botapp.web.api.calls import Asked, Call, reading
from botapp.web.api.fields import PageId
from botapp.web.api.problems import ProblemError, not_found


class Stop(Part):
    """What is stopped, and why."""

    page: PageId | None = Field(None, description="the page's id on the platform; without it everything is stopped")
    why: Annotated[
        str, Field(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f-\x9f]*\S[^\x00-\x1f\x7f-\x9f]*$")
    ]


class Stopped(BaseModel):
    """Nothing proactive is begun any more. `was_stopped`: it was so before, and stays as it was stopped first."""

    was_stopped: bool


def _stop(asked: Asked) -> Stopped:
    body: Stop = asked.body
    account_id = _place(asked, body.page)
    refusal = KillSwitch(asked.parts.database).stop(account_id, body.why, by=asked.key.author)
    if refusal is Refusal.NO_REASON:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "does-not-fit", "Say why, in a sentence or two.")
    return Stopped(was_stopped=refusal is Refusal.WRONG_STAGE)


def _place(asked: Asked, page_id: str | None) -> int | None:
    """The page's number; None: everything."""
    if page_id is None:
        if not asked.reach.everywhere:
            detail = "This key is not for every page; name the page."
            raise ProblemError(HTTPStatus.FORBIDDEN, "not-for-everything", detail)
        return None
    with asked.parts.database.reading() as connection:
        found = accounts.find_by_pages(connection, asked.parts.platform, [page_id]).get(page_id)
    if found is None or found.id not in asked.reach:
        raise not_found()
    return found.id


CALLS = (
    Call(
        "POST",
        "/v1/stop",
        "stop",
        "Stop all that is sent proactively, of one page or of all; only people resume it.",
        ApiScope.SENDING_STOP,
        reading(_stop),
        answer=Stopped,
        body=Stop,
        refusals=(404,),
    ),
)
