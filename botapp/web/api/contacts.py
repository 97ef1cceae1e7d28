"""GET /api/v1/pages/…/contacts/…: how one contact stands, as the log tells it. No name, no words."""

from datetime import datetime

from pydantic import BaseModel

from botapp.compliance.as_of import Standing, standing_at
from botapp.policy.api_scope import ApiScope
from botapp.policy.consent import ConsentRecord, ConsentState
from botapp.policy.window import Window
from botapp.storage import contacts
from botapp.web.api.calls import PAGE, Asked, Call, missing, reading


class ConsentShown(BaseModel):
    """The latest word on consent."""

    state: ConsentState
    at: datetime
    wording_version: str | None


class NoShown(BaseModel):
    """What they do not want; without an end, until they say otherwise."""

    scope: str
    since: datetime | None
    until: datetime | None


class WindowShown(BaseModel):
    """Within which the platform lets us write. `is_open`: a message begun now would end inside."""

    opened_at: datetime
    closes_at: datetime
    is_open: bool


class ContactShown(BaseModel):
    """How a contact stands now."""

    contact: str
    person: str
    basis: str  # what the page rests on: implied or explicit
    consent: ConsentShown | None
    noes: list[NoShown]
    window: WindowShown | None
    unreachable_since: datetime | None
    thread_owner: str
    last_begun_at: datetime | None  # of what we sent on our own
    sent_in_period: int
    cap: int
    ignored_in_a_row: int
    ignored_cap: int


def _read(asked: Asked) -> ContactShown:
    with asked.parts.database.reading() as connection:
        found = contacts.find_by_platform_id(connection, asked.page.id, asked.path["contact"])
        now = asked.parts.database.now(connection)
    if found is None:
        raise missing("contact")
    try:
        standing = standing_at(asked.parts.database, asked.parts.house, (found.account_id, found.id), now)
    except LookupError:
        raise missing("contact") from None
    return _shown(found.platform_contact_id, found.person_id, standing)


def _shown(platform_contact_id: str, person_id: int, s: Standing) -> ContactShown:
    return ContactShown(
        contact=platform_contact_id,
        person=str(person_id),
        basis=s.terms.basis,
        consent=_consent(s.consent) if s.consent else None,
        noes=[NoShown(scope=no.scope, since=no.set_at, until=no.until) for no in s.noes],
        window=_window(s.window, is_open=s.is_window_open) if s.window else None,
        unreachable_since=s.unreachable_since,
        thread_owner=s.thread_owner,
        last_begun_at=s.last_claimed_at,
        sent_in_period=s.in_period,
        cap=s.terms.cap,
        ignored_in_a_row=s.ignored,
        ignored_cap=s.terms.ignored_cap,
    )


def _consent(latest: ConsentRecord) -> ConsentShown:
    return ConsentShown(state=latest.state, at=latest.occurred_at, wording_version=latest.wording_version)


def _window(window: Window, *, is_open: bool) -> WindowShown:
    return WindowShown(opened_at=window.opened_at, closes_at=window.closes_at, is_open=is_open)


CALLS = (
    Call(
        "GET",
        f"{PAGE}/contacts/{{contact}}",
        "contact",
        "Read how a contact stands: consent, noes, window, caps.",
        ApiScope.CONTACTS_READ,
        reading(_read),
        answer=ContactShown,
    ),
)
