"""Connecting a page in the console, and giving it another token: the platform is shown each token first."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum

from botapp.campaign.pages import PageDraft, add_new_page, change_token
from botapp.channels.port import PlatformError
from botapp.channels.vault import Vault
from botapp.policy.zones import find_zone
from botapp.storage import accounts
from botapp.storage.accounts import TEAM, Account
from botapp.storage.engine import Database

# The page's id and its token. None: the token is this page's; else what is wrong, or why nobody could say.
CheckToken = Callable[[str, str], PlatformError | str | None]
Introduce = Callable[[Account], str | None]  # None: the platform shows its greeting and menu; else what is wrong
_PAGE_ID = re.compile(r"[A-Za-z0-9_-]{1,200}", re.ASCII)
_LONGEST_NAME, _LONGEST_TOKEN = 100, 2000
_OF_ANOTHER_PAGE = "token_of_another_page"


class Problem(StrEnum):
    """Why a page was not connected, or keeps the token that it has."""

    PAGE_ID = "page_id"
    TOKEN = "token"  # noqa: S105  the name of a field
    NAME = "name"
    ZONE = "zone"
    LANGUAGE = "language"
    KNOWN = "known"
    OF_ANOTHER_PAGE = "of_another_page"
    REFUSED = "refused"  # by the platform
    UNCHECKED = "unchecked"  # the platform did not answer


@dataclass(frozen=True, slots=True)
class Application:
    """A page as somebody asks for it."""

    page_id: str
    token: str
    name: str
    zone: str
    language: str


@dataclass(frozen=True, slots=True)
class Connected:
    """The page is there; whether the platform knew its token, or did not answer."""

    is_token_checked: bool
    is_introduced: bool = False  # the platform shows its greeting and menu


@dataclass(frozen=True, slots=True)
class PageConnector:
    """Connects pages of one platform."""

    database: Database
    vault: Vault
    platform: str
    languages: Collection[str]
    check_token: CheckToken
    introduce: Introduce

    def connect(self, asked: Application, *, by: int) -> Connected | Problem:
        """A new page, in team mode. The platform is asked first, and no transaction is open meanwhile."""
        problem = self._problem(asked)
        if problem is not None:
            return problem
        found = self.check_token(asked.page_id, asked.token)
        problem = _problem_with(found)
        if problem is not None:
            return problem
        options = {"name": asked.name, "zone": asked.zone, "language": asked.language, "mode": TEAM}
        draft = PageDraft(self.platform, asked.page_id, asked.token, options, {})
        is_checked = found is None
        if not add_new_page(self.database, self.vault, draft, by=by, is_token_checked=is_checked):
            return Problem.KNOWN
        return Connected(is_checked, is_introduced=is_checked and self._introduce(asked.page_id))

    def change_token(self, page: Account, token: str, *, by: int) -> Problem | None:
        """Another token for a page, kept only once the platform has said that it is this page's.

        In doubt the former one stays: a page that works is not cut off by a slip.
        """
        if not _is_token(token):
            return Problem.TOKEN
        found = self.check_token(page.page_id, token)
        if found is not None:
            return _problem_with(found) or Problem.UNCHECKED
        change_token(self.database, self.vault, page.id, token, by=by)
        return None

    def _introduce(self, page_id: str) -> bool:
        with self.database.reading() as connection:
            page = accounts.find_by_pages(connection, self.platform, [page_id])[page_id]
        return self.introduce(page) is None

    def _problem(self, asked: Application) -> Problem | None:
        name = asked.name
        checks = (
            (not _PAGE_ID.fullmatch(asked.page_id), Problem.PAGE_ID),
            (not _is_token(asked.token), Problem.TOKEN),
            (not (name.strip() and name.isprintable() and len(name) <= _LONGEST_NAME), Problem.NAME),
            (find_zone(asked.zone) is None, Problem.ZONE),
            (asked.language not in self.languages, Problem.LANGUAGE),
        )
        return next((problem for is_wrong, problem in checks if is_wrong), None)


def _is_token(token: str) -> bool:
    return 0 < len(token) <= _LONGEST_TOKEN and token.isascii() and token.isprintable()


def _problem_with(found: PlatformError | str | None) -> Problem | None:
    """What the platform said against a token; None as well where it said nothing."""
    if isinstance(found, PlatformError):
        return Problem.REFUSED
    return Problem.OF_ANOTHER_PAGE if found == _OF_ANOTHER_PAGE else None
