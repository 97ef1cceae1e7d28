"""Passing a thread to the platform's inbox, and taking it back: asked of the platform by a worker, outside any lock.

The words that announce it are out before control is passed, because afterwards we may not write. What the platform does
not do within the house's target falls to the desk: somebody has to see it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Connection

from botapp.channels.port import ErrorClass, PlatformError
from botapp.channels.vault import Vault, VaultError
from botapp.conversation import handover
from botapp.storage import accounts, contacts, handovers, ledger
from botapp.storage.accounts import Account
from botapp.storage.contacts import Contact
from botapp.storage.engine import Database
from botapp.storage.handovers import Handover, HandoverKey, HandoverState, Outcome
from botapp.storage.ledger import Entry, EntryKind

_BATCH = 20
_LEASE = timedelta(seconds=60)  # longer than both calls may take: who holds one that has run out is gone
_AGAIN = timedelta(seconds=3)


class ThreadControl(Protocol):
    """The platform's side. None: done; else what kept it from being so."""

    def pass_thread(self, page_id: str, token: str, platform_contact_id: str) -> PlatformError | str | None: ...

    def take_thread(self, page_id: str, token: str, platform_contact_id: str) -> PlatformError | str | None: ...


@dataclass(frozen=True, slots=True)
class ThreadErrands:
    """Runs what is owed. Safe in any number of workers."""

    database: Database
    control: ThreadControl
    vault: Vault
    target: timedelta

    def run(self) -> int:
        """A few of them, one after the other; how many were tried."""
        with self.database.reading() as connection:
            if not handovers.any_errand(connection, self.database.now(connection)):
                return 0
        with self.database.transaction() as connection:
            now = self.database.now(connection)
            keys = handovers.lease_errands(connection, now, now + _LEASE, _BATCH)
        for key in keys:
            self._run(key)
        return len(keys)

    def _run(self, key: HandoverKey) -> None:
        with self.database.reading() as connection:
            found = handovers.find(connection, key)
            contact = contacts.load_contact(connection, key.account_id, key.contact_id)
            page = accounts.load_account(connection, key.account_id)
        if found is None or not found.is_open:
            return
        refused = self._ask(page, contact, found)
        with self.database.transaction() as connection:
            contact = contacts.lock_contact(connection, key.account_id, key.contact_id)
            now = self.database.now(connection)
            if found.state is HandoverState.PASSING:
                self._passed(connection, contact, found, refused, now)
            else:
                _taken(connection, contact, found, refused, now)

    def _ask(self, page: Account, contact: Contact, found: Handover) -> PlatformError | str | None:
        try:
            token = self.vault.open(page.token_encrypted)
        except VaultError as error:
            return type(error).__name__
        ask = self.control.pass_thread if found.state is HandoverState.PASSING else self.control.take_thread
        return ask(page.page_id, token, contact.platform_contact_id)

    def _passed(
        self,
        connection: Connection,
        contact: Contact,
        found: Handover,
        refused: PlatformError | str | None,
        now: datetime,
    ) -> None:
        # That another has the thread already is what was wanted, and how a lost answer looks when asked again.
        if refused is None or _is_taken(refused):
            if handovers.move(connection, found.key, HandoverState.PASSING, HandoverState.PASSED):
                passed, changes = handover.owned_by("person", contact, now)
                entries = [handover.entry_of(EntryKind.HANDOVER_PASSED, found, now), passed]
                ledger.append(connection, contact, entries, now, **changes)
        elif now - found.requested_at < self.target:
            handovers.put_off(connection, found.key, now + _AGAIN)
        elif handovers.move(connection, found.key, HandoverState.PASSING, HandoverState.QUEUED):
            entry = handover.entry_of(EntryKind.HANDOVER_PASSED, found, now, reason=str(refused))
            ledger.append(connection, contact, [entry], now)


def _taken(
    connection: Connection, contact: Contact, found: Handover, refused: PlatformError | str | None, now: datetime
) -> None:
    """The bot's again; or people go on in the platform's inbox, and whoever wanted it sees that in the list."""
    if refused is not None:
        if handovers.move(connection, found.key, HandoverState.TAKING, HandoverState.PASSED):
            entry = handover.entry_of(EntryKind.HANDOVER_PASSED, found, now, reason=str(refused))
            ledger.append(connection, contact, [entry], now)
        return
    entries: list[Entry] = handover.end(connection, found, Outcome.HANDED_BACK, now, by=found.staff_id)
    if entries:
        passed, changes = handover.owned_by("bot", contact, now)
        ledger.append(connection, contact, [*entries, passed], now, **changes)


def _is_taken(refused: PlatformError | str) -> bool:
    return isinstance(refused, PlatformError) and refused.error_class is ErrorClass.THREAD_TAKEN
