"""GET /api/v1/pages: the pages that a key may see, and how each stands."""

from datetime import datetime

from pydantic import BaseModel

from botapp.policy.api_scope import ApiScope
from botapp.storage import accounts
from botapp.storage.accounts import Account
from botapp.web.api.calls import PAGE, Asked, Call, reading


class PageShown(BaseModel):
    """One page. Its token is never told."""

    id: str
    platform: str
    name: str
    mode: str
    zone: str
    language: str
    basis: str
    anchor: str
    approvals: int
    is_stopped: bool
    paused_at: datetime | None
    created_at: datetime


class PagesShown(BaseModel):
    """All that the key may see."""

    items: list[PageShown]


def _list(asked: Asked) -> PagesShown:
    with asked.parts.database.reading() as connection:
        everything = accounts.proactive_is_stopped(connection)
        pages = accounts.load_all(connection)
    return PagesShown(items=[_shown(page, is_stopped=everything) for page in pages if page.id in asked.reach])


def _one(asked: Asked) -> PageShown:
    with asked.parts.database.reading() as connection:
        return _shown(asked.page, is_stopped=accounts.proactive_is_stopped(connection))


def _shown(page: Account, *, is_stopped: bool) -> PageShown:
    return PageShown(
        id=page.page_id,
        platform=page.platform,
        name=page.name,
        mode=page.mode,
        zone=page.zone,
        language=page.language,
        basis=page.basis,
        anchor=page.anchor,
        approvals=page.approvals,
        is_stopped=is_stopped or page.proactive_stopped_at is not None,
        paused_at=page.paused_at,
        created_at=page.created_at,
    )


CALLS = (
    Call("GET", "/v1/pages", "pages", "List the pages.", ApiScope.PAGES_READ, reading(_list), answer=PagesShown),
    Call("GET", PAGE, "page", "Read one page.", ApiScope.PAGES_READ, reading(_one), answer=PageShown),
)
