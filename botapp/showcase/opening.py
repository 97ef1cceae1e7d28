"""What a shop has on its first morning: a page, staff with roles, a FAQ, a catalogue, approved texts and rules."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any

from botapp.answering.publish import publish
from botapp.bootstrap.foundation import PLATFORM
from botapp.bootstrap.installation import Installation
from botapp.campaign.catalogue_file import apply_catalogue, read_catalogue
from botapp.campaign.faq_file import read_faq
from botapp.campaign.file import Campaign, Limits, read_campaign
from botapp.campaign.kinds import drafts_of
from botapp.campaign.pages import PageDraft, add_or_change_page
from botapp.campaign.stages import Desk
from botapp.config_files import config_dir
from botapp.conversation.business import Teller
from botapp.policy.access import ALL_PAGES, Grant, Role
from botapp.policy.api_scope import ApiScope
from botapp.policy.approval import Step
from botapp.staff.members import Problem
from botapp.staff.record import COMMAND_LINE
from botapp.storage import accounts, api_keys, staff
from botapp.storage.accounts import TEAM
from botapp.storage.engine import Database
from botapp.storage.stages import VersionKey
from botapp.understanding.faq.entry import FaqEntry

PAGE_ID, TEAM_PAGE_ID = "100000000000014", "100000000000015"  # by which a demonstration is known again
_KEY_NAME = "shop system"
_KEY_LASTS = timedelta(days=90)
Learn = Callable[[Sequence[FaqEntry]], bytes]


@dataclass(frozen=True, slots=True)
class Hand:
    """Somebody of the staff: what they are called, and what they may do."""

    name: str
    display_name: str
    role: Role


MARKETER = Hand("mia", "Mia Sand", Role.MARKETER)
APPROVER = Hand("paul", "Paul Weber", Role.APPROVER)
OPERATORS = (Hand("olga", "Olga Brandt", Role.OPERATOR), Hand("samir", "Samir Haddad", Role.OPERATOR))
ADMIN = Hand("dora", "Dora Klein", Role.ADMIN)
AUDITOR = Hand("ada", "Ada Frost", Role.AUDITOR)
STAFF = (ADMIN, MARKETER, APPROVER, *OPERATORS, AUDITOR)


@dataclass(frozen=True, slots=True)
class Shop:
    """What the rest of the fortnight needs to know of it."""

    account_id: int
    staff: Mapping[str, int]  # numbers by name
    teller: Teller

    def numbers(self, hands: Sequence[Hand]) -> list[int]:
        return [self.staff[hand.name] for hand in hands]


class State(Enum):
    """What an installation holds before anything is made."""

    EMPTY = "empty"
    DEMONSTRATION = "demonstration"
    OTHER = "other"  # somebody's own: nothing made up may come into it


def state_of(database: Database) -> State:
    """Known by its pages, and by having staff."""
    with database.reading() as connection:
        pages = {page.page_id for page in accounts.load_all(connection)}
        members = staff.load_all(connection)
    if not pages and not members:
        return State.EMPTY
    return State.DEMONSTRATION if PAGE_ID in pages else State.OTHER


def open_shop(installation: Installation, named: Mapping[str, str], learn: Learn) -> Shop:
    """Into an empty installation, at its clock's time. `named`: the page's name, zone and language."""
    hired = {hand.name: _hire(installation, hand) for hand in STAFF}
    account_id = _add_page(installation, PAGE_ID, named)
    _add_page(installation, TEAM_PAGE_ID, {**named, "name": f"{named['name']} Old Town", "mode": TEAM})
    publish(installation.database, account_id, shop_faq(), base_version=None, learn=learn)
    apply_catalogue(installation.database, account_id, read_catalogue(_content("catalogue.toml")))
    shop = Shop(account_id, hired, Teller(_add_key(installation, account_id), _KEY_NAME))
    publish_campaign(installation, shop, read_demo_campaign(installation, "campaign.toml"))
    return shop


def shop_faq() -> list[FaqEntry]:
    """What the shop has answers to."""
    return [*read_faq((config_dir() / "demo-faq.toml").read_bytes()), *read_faq(_content("faq.toml"))]


def read_demo_campaign(installation: Installation, file: str) -> Campaign:
    """A campaign file of the demonstration."""
    s = installation.settings
    limits = Limits(
        installation.rules.text_limit,
        installation.rules.window / s.scale,
        s.send_allowance,
        tone=s.tone,
        part_limits=installation.part_limits,
    )
    return read_campaign(_content(file), limits)


def publish_campaign(installation: Installation, shop: Shop, campaign: Campaign) -> None:
    """The marketer writes each text and each rule, somebody else approves it, and it goes live."""
    for kind, draft in drafts_of(campaign):
        desk = Desk(kind, installation.database)
        bring(desk, shop, desk.write(shop.account_id, draft, by=shop.staff[MARKETER.name]))


def bring(desk: Desk[Any, Any], shop: Shop, key: VersionKey, *, steps: int = 3) -> None:
    """The first so many steps of a draft's way: asked for, approved by another, put live."""
    marketer, approver = shop.numbers((MARKETER, APPROVER))
    way = ((Step.SUBMIT, marketer), (Step.APPROVE, approver), (Step.PUBLISH, marketer))
    for step, by in way[:steps]:
        refused = desk.take(step, key, by=by)
        if refused is not None:
            raise RuntimeError(f"{key}: {step} was refused: {refused}")


def _hire(installation: Installation, hand: Hand) -> int:
    added = installation.members().add(hand.name, hand.display_name, {Grant(ALL_PAGES, hand.role)}, by=COMMAND_LINE)
    if isinstance(added, Problem):
        raise LookupError(f"{hand.name}: {added.value}")  # noqa: TRY004  a refusal of the use case, not a wrong type
    return added


def _add_page(installation: Installation, page_id: str, named: Mapping[str, str]) -> int:
    token = f"sandbox-{secrets.token_urlsafe(16)}"
    add_or_change_page(installation.database, installation.vault, PageDraft(PLATFORM, page_id, token, named, {}))
    with installation.database.reading() as connection:
        return accounts.find_by_pages(connection, PLATFORM, [page_id])[page_id].id


def _add_key(installation: Installation, account_id: int) -> int:
    """Its token is thrown away: the shop's system lives in this process."""
    scopes = (ApiScope.FACTS_WRITE, ApiScope.CONVERSIONS_WRITE)
    installation.api_keys().add(_KEY_NAME, account_id, scopes, _KEY_LASTS)
    with installation.database.reading() as connection:
        return next(key.id for key in api_keys.load_all(connection) if key.name == _KEY_NAME)


def _content(file: str) -> bytes:
    return (config_dir() / "demo" / file).read_bytes()
