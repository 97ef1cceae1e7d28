"""/api/v1/pages/…/rehearsals: what rules would make of the windows open now (forecast) or of the history (backtest)."""

import json
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, Field

from botapp.policy.api_scope import ApiScope
from botapp.rehearsal.jobs import RehearsalDesk, TooManyError, Wanted
from botapp.storage import rehearsals
from botapp.storage.rehearsals import Kind, Rehearsal, State
from botapp.web.api.bodies import Part
from botapp.web.api.calls import PAGE, Asked, Call, missing, reading
from botapp.web.api.drafts import read_whole, refused
from botapp.web.api.problems import ProblemError

_ONE = f"{PAGE}/rehearsals/{{rehearsal}}"
_LATEST = 50
_LARGEST = 2**63 - 1


class RehearsalAsked(Part):
    """Which rules, and on what."""

    campaign: dict[str, Any] | None = Field(
        None, description="a campaign file's tables, tried in the place of what is live; without it what is live"
    )
    days: int | None = Field(None, ge=1, le=90, description="a backtest over so many days; without it a forecast")


class RehearsalShown(BaseModel):
    """One, how far it is, and in the end what it came to: see docs/rules.md."""

    id: str
    kind: Kind
    state: State
    since: datetime | None
    until: datetime
    asked_at: datetime
    asked_by: int | None
    done: int
    contacts: int
    finished_at: datetime | None
    fault: str | None
    result: dict[str, Any] | None


class RehearsalsShown(BaseModel):
    """The page's latest, the newest first, without what they came to."""

    items: list[RehearsalShown]


def _list(asked: Asked) -> RehearsalsShown:
    with asked.parts.database.reading() as connection:
        found = rehearsals.load_latest(connection, [asked.page.id], _LATEST)
    return RehearsalsShown(items=[_shown(each, is_whole=False) for each in found])


def _ask(asked: Asked) -> RehearsalShown:
    body: RehearsalAsked = asked.body
    now = asked.parts.clock.now()
    since = now - timedelta(days=body.days) * asked.parts.house.scale if body.days else None
    try:
        number = RehearsalDesk(asked.parts.database).ask(
            asked.page.id, Wanted(_campaign(asked, body), since), by=asked.key.author
        )
    except TooManyError:
        detail = "As many wait for this page as may; cancel one, or wait for them."
        raise ProblemError(HTTPStatus.CONFLICT, "too-many-rehearsals", detail) from None
    return _load(asked, number)


def _campaign(asked: Asked, body: RehearsalAsked) -> str | None:
    """The file's text, after the page's own look at it."""
    if body.campaign is None:
        return None
    try:
        text = json.dumps(body.campaign)
    except (ValueError, RecursionError):
        raise refused(["it holds a number that nobody can read"]) from None
    read_whole(asked, text.encode())
    return text


def _one(asked: Asked) -> RehearsalShown:
    return _load(asked, _number(asked))


def _cancel(asked: Asked) -> RehearsalShown:
    with asked.parts.database.reading() as connection:
        found = rehearsals.find(connection, asked.page.id, _number(asked))
    if found is None:
        raise missing("rehearsal")
    RehearsalDesk(asked.parts.database).cancel(found)
    return _load(asked, found.id)


def _number(asked: Asked) -> int:
    named = asked.path["rehearsal"]
    if not (named.isascii() and named.isdecimal()) or len(named) > len(str(_LARGEST)) or int(named) > _LARGEST:
        raise missing("rehearsal")
    return int(named)


def _load(asked: Asked, number: int) -> RehearsalShown:
    with asked.parts.database.reading() as connection:
        found = rehearsals.find(connection, asked.page.id, number)
    if found is None:
        raise missing("rehearsal")
    return _shown(found, is_whole=True)


def _shown(found: Rehearsal, *, is_whole: bool) -> RehearsalShown:
    return RehearsalShown(
        id=str(found.id),
        kind=found.kind,
        state=found.state,
        since=found.since,
        until=found.until,
        asked_at=found.asked_at,
        asked_by=found.asked_by,
        done=found.done,
        contacts=found.contacts,
        finished_at=found.finished_at,
        fault=found.fault,
        result=json.loads(found.result) if found.result and is_whole else None,
    )


CALLS = (
    Call(
        "GET",
        f"{PAGE}/rehearsals",
        "rehearsals",
        "List the latest forecasts and backtests.",
        ApiScope.CAMPAIGNS_READ,
        reading(_list),
        answer=RehearsalsShown,
    ),
    Call(
        "POST",
        f"{PAGE}/rehearsals",
        "rehearse",
        "Ask for a forecast on the windows open now, or a backtest on the history. Nothing is changed or sent.",
        ApiScope.CAMPAIGNS_WRITE,
        reading(_ask),
        answer=RehearsalShown,
        body=RehearsalAsked,
        refusals=(409,),
    ),
    Call(
        "GET",
        _ONE,
        "rehearsal",
        "Read how far one is, and what it came to.",
        ApiScope.CAMPAIGNS_READ,
        reading(_one),
        answer=RehearsalShown,
    ),
    Call(
        "POST",
        f"{_ONE}/cancel",
        "rehearsal-cancel",
        "Give one up.",
        ApiScope.CAMPAIGNS_WRITE,
        reading(_cancel),
        answer=RehearsalShown,
    ),
)
