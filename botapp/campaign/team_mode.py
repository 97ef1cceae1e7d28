"""Team mode: until two people let a page go live, what it sends on its own reaches the team's own contacts only."""

import hashlib
import hmac
from base64 import b32encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from botapp.campaign.daily_caps import set_cap
from botapp.campaign.stages import LONGEST_REASON
from botapp.channels.port import InboundEvent
from botapp.policy.approval import Refusal
from botapp.storage import accounts, contacts, inbound_events, ledger
from botapp.storage.accounts import LIVE, TEAM, Account
from botapp.storage.contacts import Contact
from botapp.storage.engine import Database
from botapp.storage.ledger import Entry, EntryKind

ReadStored = Callable[[str, str], InboundEvent | None]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CODE_LENGTH = 12


@dataclass(frozen=True, slots=True)
class CodeBook:
    """The words by which staff show that a contact is theirs: made of a key and the time, kept nowhere."""

    key: bytes
    lasts: timedelta = timedelta(minutes=15)

    def code(self, staff_id: int, account_id: int, now: datetime) -> str:
        """What this staff member writes to this page now. Good until the end of the next period."""
        return self._code(staff_id, account_id, (now - _EPOCH) // self.lasts)

    def codes(self, staff_id: int, account_id: int, now: datetime) -> tuple[str, str]:
        """Those that are good now."""
        period = (now - _EPOCH) // self.lasts
        return self._code(staff_id, account_id, period), self._code(staff_id, account_id, period - 1)

    def _code(self, staff_id: int, account_id: int, period: int) -> str:
        made = hmac.digest(self.key, f"contact of the team {staff_id} {account_id} {period}".encode(), hashlib.sha256)
        return "TEAM" + b32encode(made).decode()[:_CODE_LENGTH]


@dataclass(frozen=True, slots=True)
class TeamMode:
    """Whom a page may write to on its own. `by` is the number of whoever does it."""

    database: Database
    first_cap: int | None = None  # what a page that goes live may begin in a day; None: it has no cap

    def back_to_team(self, account_id: int, why: str, *, by: int) -> Refusal | None:
        """From the commit on nothing is claimed for anybody else. Anyone who may stop may do this."""
        return self._change(account_id, why, by, source=LIVE, target=TEAM)

    def ask_live(self, account_id: int, why: str, *, by: int) -> Refusal | None:
        """The first of two people. Asked anew, the newest counts."""
        why = " ".join(why.split())
        if not why or len(why) > LONGEST_REASON:
            return Refusal.NO_REASON
        with self.database.transaction() as connection:
            if accounts.lock_account(connection, account_id).mode != TEAM:
                return Refusal.WRONG_STAGE
            accounts.change_account(connection, account_id, {"live_asked_by": by})
            entry = Entry(EntryKind.LIVE_ASKED, details={"by": by, "why": why})
            ledger.append_for_page(connection, account_id, entry, self.database.now(connection))
        return None

    def go_live(self, account_id: int, why: str, *, by: int) -> Refusal | None:
        """The second of two people; whoever asked last is not the second."""
        return self._change(account_id, why, by, source=TEAM, target=LIVE)

    def link(self, page: Account, platform_contact_id: str, *, by: int) -> None:
        """The contact that showed the code is this staff member's own. LookupError if it is not there any more."""
        with self.database.transaction() as connection:
            found = contacts.find_by_platform_id(connection, page.id, platform_contact_id)
            if found is None:
                raise LookupError("no such contact")
            self._set(connection, contacts.lock_contact(connection, page.id, found.id), EntryKind.STAFF_LINKED, by)

    def unlink(self, account_id: int, *, by: int) -> int:
        """This staff member's contacts of the page are like any other again; how many they were."""
        with self.database.transaction() as connection:
            own = contacts.find_of_staff(connection, account_id, by)
            for contact in contacts.lock_contacts(connection, [(account_id, contact_id) for contact_id in own]):
                self._set(connection, contact, EntryKind.STAFF_UNLINKED, by)
        return len(own)

    def _set(self, connection: Connection, contact: Contact, kind: EntryKind, by: int) -> None:
        staff_id = by if kind is EntryKind.STAFF_LINKED else None
        if contact.staff_id == staff_id:
            return
        entry, now = Entry(kind, details={"by": by}), self.database.now(connection)
        ledger.append(connection, contact, [entry], now, staff_id=staff_id)
        contacts.plan_again(connection, [(contact.account_id, contact.id)])

    def _change(self, account_id: int, why: str, by: int, *, source: str, target: str) -> Refusal | None:
        why = " ".join(why.split())
        if not why or len(why) > LONGEST_REASON:
            return Refusal.NO_REASON
        with self.database.transaction() as connection:
            page = accounts.lock_account(connection, account_id)
            if page.mode != source or (target == LIVE and page.live_asked_by is None):
                return Refusal.WRONG_STAGE
            if target == LIVE and page.live_asked_by == by:
                return Refusal.SECOND_PERSON
            now = self.database.now(connection)
            accounts.change_account(connection, account_id, {"mode": target, "live_asked_by": None})
            accounts.bump_generation(connection, account_id)
            more = self._gone_live(connection, page, now) if target == LIVE else {}
            entry = Entry(EntryKind.ACCOUNT_CHANGED, details={"mode": target, "by": by, "why": why, **more})
            ledger.append_for_page(connection, account_id, entry, now)
        return None

    def _gone_live(self, connection: Connection, page: Account, now: datetime) -> dict[str, int | None]:
        """Customers get few messages at first; what else of it goes on record."""
        if self.first_cap is not None:
            set_cap(connection, page.id, self.first_cap, now)
        cap = {} if self.first_cap is None else {"daily_cap": self.first_cap}
        return {"asked_by": page.live_asked_by, **cap}


def find_writer(
    connection: Connection, page: Account, codes: tuple[str, ...], since: datetime, read: ReadStored
) -> str | None:
    """Who wrote one of these words to the page, as the whole of a message; None if nobody did since then."""
    for code in codes:
        for platform_contact_id, raw in inbound_events.find_mentioning(connection, page.id, code, since):
            event = read(raw, page.page_id)
            if platform_contact_id and event is not None and (event.text or "").strip().upper() == code:
                return platform_contact_id
    return None
