"""Adding the pages that we speak for, and changing them. Recorded; tokens are encrypted before they are stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from botapp.channels.vault import Vault
from botapp.policy.suppression import STOP, Suppression, stopped
from botapp.reengagement.crossing import cross
from botapp.storage import accounts, contacts, ledger, standing
from botapp.storage.accounts import Account
from botapp.storage.contacts import Contact
from botapp.storage.engine import Database
from botapp.storage.ledger import Entry, EntryKind


@dataclass(frozen=True, slots=True)
class PageDraft:
    """A page as it was asked for. `options` holds only what was given; `defaults` fill a new page's gaps."""

    platform: str
    page_id: str
    token: str
    options: Mapping[str, str]  # name, zone, language, anchor, basis
    defaults: Mapping[str, str]


def add_or_change_page(database: Database, vault: Vault, draft: PageDraft) -> bool:
    """True if the page is new. A known page takes the new token and options, and is no longer paused."""
    with database.transaction() as connection:
        now = database.now(connection)
        known = accounts.find_by_pages(connection, draft.platform, [draft.page_id]).get(draft.page_id)
        token = {"token_encrypted": vault.lock(draft.token)}
        if known is None:
            account_id = _add(connection, vault, draft, now)
        else:
            account_id = known.id
            cleared = {"paused_at": None, "pause_reason": None}
            accounts.change_account(connection, account_id, {**draft.options, **token, **cleared})
            accounts.bump_generation(connection, account_id)
            if known.paused_at is not None:
                resumed = Entry(EntryKind.PAGE_RESUMED, reason="account_changed")
                ledger.append_for_page(connection, account_id, resumed, now)
        kind = EntryKind.ACCOUNT_ADDED if known is None else EntryKind.ACCOUNT_CHANGED
        details = {name: value for name, value in draft.options.items() if name != "name"}
        if known is None:
            details = _options_of(accounts.load_account(connection, account_id)) | details
        ledger.append_for_page(connection, account_id, Entry(kind, details=details), now)
    return known is None


def add_new_page(database: Database, vault: Vault, draft: PageDraft, *, by: int, is_token_checked: bool) -> bool:
    """On record with who did it; False if the page is known, and then it stays as it is."""
    with database.transaction() as connection:
        if accounts.find_by_pages(connection, draft.platform, [draft.page_id]):
            return False
        now = database.now(connection)
        account_id = _add(connection, vault, draft, now)
        told = _options_of(accounts.load_account(connection, account_id))
        entry = Entry(EntryKind.ACCOUNT_ADDED, details={**told, "by": by, "token_checked": is_token_checked})
        ledger.append_for_page(connection, account_id, entry, now)
    return True


def change_token(database: Database, vault: Vault, account_id: int, token: str, *, by: int) -> None:
    """Keep a token that the platform has accepted, on record with who gave it. What is paused stays paused."""
    with database.transaction() as connection:
        accounts.lock_account(connection, account_id)
        accounts.change_account(connection, account_id, {"token_encrypted": vault.lock(token)})
        entry = Entry(EntryKind.ACCOUNT_CHANGED, details={"by": by, "token_checked": True})
        ledger.append_for_page(connection, account_id, entry, database.now(connection))


def _add(connection: Connection, vault: Vault, draft: PageDraft, now: datetime) -> int:
    """The page's row; its id."""
    named = {"platform": draft.platform, "page_id": draft.page_id, "created_at": now}
    token = {"token_encrypted": vault.lock(draft.token)}
    return accounts.add_account(connection, {**draft.defaults, **named, **draft.options, **token})


def set_page_options(database: Database, platform: str, page_id: str, options: Mapping[str, str | int]) -> bool:
    """Change options of a known page, which keeps its token and stays paused if it is; False if there is none.

    A `daily_cap` of 0 is none.
    """
    with database.transaction() as connection:
        known = accounts.find_by_pages(connection, platform, [page_id]).get(page_id)
        if known is None:
            return False
        now = database.now(connection)
        changed = {name: value if name != "daily_cap" else value or None for name, value in options.items()}
        accounts.change_account(connection, known.id, changed)
        if "daily_cap" in changed:
            accounts.change_account(connection, known.id, {"daily_cap_at": now})
            accounts.bump_generation(connection, known.id)
        entry = Entry(EntryKind.ACCOUNT_CHANGED, details=changed)
        ledger.append_for_page(connection, known.id, entry, now)
    return True


def _options_of(account: Account) -> dict[str, str]:
    """What of a new page decides about its messages, defaults included: the log tells it from the first entry on."""
    return {
        "zone": account.zone,
        "language": account.language,
        "anchor": account.anchor,
        "basis": account.basis,
        "conversion_voids": account.conversion_voids,
        "answer_voids": account.answer_voids,
        "mode": account.mode,
    }


def link_people(database: Database, first: tuple[str, str], second: tuple[str, str], platform: str) -> str | None:
    """Say that two contacts (page id, platform contact id) are one person; None, or which of them is not known."""
    with database.transaction() as connection:
        pages = accounts.find_by_pages(connection, platform, [first[0], second[0]])
        keys = [(pages[page_id].id, contact_id) for page_id, contact_id in (first, second) if page_id in pages]
        locked = {(c.account_id, c.platform_contact_id): c for c in contacts.lock_people(connection, keys)}
        for page_id, contact_id in (first, second):
            if page_id not in pages or (pages[page_id].id, contact_id) not in locked:
                return f"{page_id}/{contact_id}"
        contacts.link(connection, *(locked[key] for key in keys))
        _share_stops(connection, list(locked.values()), database.now(connection))
    return None


def _share_stops(connection: Connection, person: Sequence[Contact], now: datetime) -> None:
    """A no of one identity is from now on a no of all."""
    known = standing.load_suppressions(connection, [(c.account_id, c.id) for c in person])
    stops = [s for scopes in known.values() for s in scopes.values() if s.scope == STOP and stopped([s], now)]
    said_at = max((s.set_at for s in stops if s.set_at), default=None)
    for contact in person:
        entries = [Entry(EntryKind.LINKED)]
        if said_at is not None:
            key = (contact.account_id, contact.id)
            own = known[key].get(STOP, Suppression(STOP))
            merged = own.with_set(max(said_at, own.lifted_at or said_at), None)
            if merged != own:
                standing.save_suppressions(connection, [(*key, merged)])
                details = {"scope": STOP, "by": "linked_identity"}
                entries.append(Entry(EntryKind.SUPPRESSION_SET, occurred_at=merged.set_at, details=details))
                entries.extend(cross(connection, [key], now).get(key, ()))
        ledger.append(connection, contact, entries, now)
