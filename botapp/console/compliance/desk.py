"""What the desk's routes share: their collaborators, and what the staff member who asks may see."""

from dataclasses import dataclass

from flask import abort
from sqlalchemy import Connection

from botapp.clock import Clock
from botapp.compliance.export import Exporter
from botapp.console.access import may, reach_of
from botapp.console.pages_named import pages_of
from botapp.policy.access import Permission
from botapp.reengagement.terms import HouseRules
from botapp.storage.accounts import Account
from botapp.storage.engine import Database
from botapp.storage.ledger import THE_INSTALLATION
from botapp.storage.standing import ContactId

INSTALLATION_NAME = "The installation"


class ProblemError(Exception):
    """What was asked for cannot be done; the text tells the staff member why, and what to do."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, slots=True)
class Desk:
    """The collaborators of the desk's routes."""

    database: Database
    clock: Clock
    exporter: Exporter
    house: HouseRules


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages that may be seen, by account id. `account_ids` for searches: None means all, also those to come."""

    by_id: dict[int, Account]
    account_ids: frozenset[int] | None

    def name(self, account_id: int) -> str:
        """What a page is called in front of people."""
        if account_id == THE_INSTALLATION:
            return INSTALLATION_NAME
        page = self.by_id.get(account_id)
        return page.name if page else f"Page {account_id}"


def visible_pages(connection: Connection, permission: Permission = Permission.READ_LOG) -> Pages:
    """The pages on which the staff member has this permission."""
    found = {page.id: page for page in pages_of(connection, permission)}
    return Pages(found, None if reach_of(permission).everywhere else frozenset(found))


def sees_people(account_id: int) -> bool:
    """Whether they may see what names a person, and what entries hide: only who may take it out of the house."""
    return may(Permission.EXPORT_LOG, account_id)


def contact_or_404(account_id: int, contact_id: int) -> ContactId:
    """Numbers as the databases hold them; others name nobody."""
    if account_id >= 1 << 31 or contact_id >= 1 << 63:
        abort(404)
    return account_id, contact_id
