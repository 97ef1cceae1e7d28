"""GET /api/v1/pages/…/reengagements: what was planned, sent or not, and each decision as the log has it."""

import json
import re
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from botapp.policy.api_scope import ApiScope
from botapp.storage import contacts, reengagement_lists
from botapp.storage.reengagement_lists import THE_BEGINNING, ListedEntry, ListedReengagement, Place
from botapp.storage.times import to_microseconds
from botapp.web.api.calls import PAGE, Asked, Call, Query, missing, reading
from botapp.web.api.cursors import Cursors, CursorText

_LARGEST = 2**63 - 1
_ID = re.compile(r"([0-9]{1,19})-([0-9]{1,19})\Z", re.ASCII)


class ReengagementsAsked(Query):
    """Which, and how many at a time."""

    contact: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,200}$")] | None = Field(
        None, description="only of this contact: the platform's id of the person for this page"
    )
    limit: int = Field(50, ge=1, le=200, description="how many at a time, at most")
    cursor: CursorText | None = Field(None, description="`next` of the answer before; without it from the beginning")


class ReengagementShown(BaseModel):
    """One. Its words are not told."""

    id: str
    person_id: str = Field(description="our own number of the contact")
    silent_since: datetime
    state: str
    reason: str | None
    planned_at: datetime
    due_at: datetime
    deadline_at: datetime
    begun_at: datetime | None
    recorded_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    taken_up_at: datetime | None
    crossed_at: datetime | None
    rule: str | None
    rule_version: int | None
    template: str | None
    template_version: int | None
    variant: str | None
    message_id: str | None


class ReengagementsShown(BaseModel):
    """Some of them, by contact and then by time."""

    items: list[ReengagementShown]
    next: str | None = Field(description="the cursor to go on with; null where the list ends")


class DecisionShown(BaseModel):
    """One entry of the log about it: see docs/log.md. Instants within `details` are microseconds since 1970."""

    entry: int
    kind: str
    recorded_at: datetime
    happened_at: datetime | None
    reason: str | None
    details: dict[str, Any]


class ReengagementTold(ReengagementShown):
    """One, with every decision about it."""

    decisions: list[DecisionShown]


def _list(asked: Asked) -> ReengagementsShown:
    query: ReengagementsAsked = asked.query
    of = f"reengagements {asked.page.id} {query.contact or ''}"
    cursors = Cursors(asked.parts.cursor_key)
    contact_id, silence = cursors.read(of, query.cursor) if query.cursor else THE_BEGINNING
    with asked.parts.database.reading() as connection:
        only = None
        if query.contact is not None:
            found = contacts.find_by_platform_id(connection, asked.page.id, query.contact)
            if found is None:
                return ReengagementsShown(items=[], next=None)
            only = found.id
        place = (int(contact_id), int(silence))
        rows = reengagement_lists.load_portion(connection, asked.page.id, only, place, query.limit + 1)
    items, more = rows[: query.limit], len(rows) > query.limit
    following = cursors.write(of, _place(items[-1])) if more else None
    return ReengagementsShown(items=[ReengagementShown(**_values(row)) for row in items], next=following)


def _one(asked: Asked) -> ReengagementTold:
    named = _ID.match(asked.path["id"])
    if named is None or max(int(named[1]), int(named[2])) > _LARGEST:
        raise missing("re-engagement")
    place = (int(named[1]), int(named[2]))
    with asked.parts.database.reading() as connection:
        found = reengagement_lists.find(connection, asked.page.id, place)
        if found is None:
            raise missing("re-engagement")
        entries = reengagement_lists.load_entries(connection, asked.page.id, place)
    return ReengagementTold(**_values(found), decisions=[_decision(entry) for entry in entries])


def _place(row: ListedReengagement) -> Place:
    return row.contact_id, to_microseconds(row.interaction_at)


def _values(row: ListedReengagement) -> dict[str, Any]:
    contact_id, silence = _place(row)
    named = {"contact_id", "interaction_at", "claimed_at", "rule_name", "template_name"}
    same = {name: value for name, value in row._asdict().items() if name not in named}
    return {
        **same,
        "id": f"{contact_id}-{silence}",
        "person_id": str(contact_id),
        "silent_since": row.interaction_at,
        "begun_at": row.claimed_at,
        "rule": row.rule_name,
        "template": row.template_name,
    }


def _decision(entry: ListedEntry) -> DecisionShown:
    return DecisionShown(
        entry=entry.sequence,
        kind=entry.kind,
        recorded_at=entry.recorded_at,
        happened_at=entry.occurred_at,
        reason=entry.reason,
        details=json.loads(entry.details),
    )


CALLS = (
    Call(
        "GET",
        f"{PAGE}/reengagements",
        "reengagements",
        "List re-engagements, sent or not.",
        ApiScope.REENGAGEMENTS_READ,
        reading(_list),
        answer=ReengagementsShown,
        query=ReengagementsAsked,
    ),
    Call(
        "GET",
        f"{PAGE}/reengagements/{{id}}",
        "reengagement",
        "Read one re-engagement with every decision about it.",
        ApiScope.REENGAGEMENTS_READ,
        reading(_one),
        answer=ReengagementTold,
    ),
)
