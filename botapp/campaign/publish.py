"""Stores a campaign's versions and makes them live; stops and resumes what is proactive. Each is recorded."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from botapp.campaign.file import Campaign
from botapp.campaign.kinds import drafts_of
from botapp.storage import accounts, campaigns, ledger
from botapp.storage.engine import Database
from botapp.storage.ledger import Entry, EntryKind
from botapp.storage.rule_stages import RULE_VERSIONS
from botapp.storage.schema import question_version, rule
from botapp.storage.stages import VersionKey
from botapp.storage.switches import EVERYTHING


@dataclass(frozen=True, slots=True)
class Applied:
    """One template, rule or question after a file was applied."""

    what: str
    name: str
    version: int
    published: bool  # False: it was live already, or publishing was not asked for


def apply_campaign(
    database: Database, account_id: int, campaign: Campaign, *, publish: bool, by: int | None = None
) -> list[Applied]:
    """Store every version of the file, all or none; with `publish` make them live at once, on record as done by `by`.

    A version is never edited: other content is a new version, the same content the one it already has.
    """
    with database.transaction() as connection:
        accounts.lock_account(connection, account_id)
        now = database.now(connection)
        applied, hashes = _store(connection, account_id, campaign, by, publish=publish, now=now)
        _record(connection, account_id, applied, hashes, by, now)
        if any(item.published for item in applied):
            accounts.bump_generation(connection, account_id)
        return applied


def retire_rule(database: Database, account_id: int, name: str, *, by: int | None = None) -> bool:
    """Take a rule out of service; False if it was not live."""
    with database.transaction() as connection:
        accounts.lock_account(connection, account_id)
        live = {stored.name: stored for stored in campaigns.load_live_rules(connection, account_id)}
        if name not in live:
            return False
        campaigns.set_live(connection, rule, account_id, name, None)
        now = database.now(connection)
        RULE_VERSIONS.retire(connection, VersionKey(account_id, name, live[name].version), now)
        accounts.bump_generation(connection, account_id)
        hashed = _hashed({"definition": live[name].definition})
        details = {"name": name, "version": live[name].version, "content_hash": hashed["content_hash"], **_author(by)}
        entry = Entry(EntryKind.RULE_RETIRED, details=details)
        ledger.append_for_page(connection, account_id, entry, now)
        return True


def stop_proactive(
    database: Database, reason: str, page_account_id: int | None = None, *, by: int | None = None
) -> bool:
    """The kill switch, for one page or everything: once this returns, nothing proactive is claimed."""
    return _switch(database, page_account_id, reason, stopped=True, by=by)


def resume_proactive(
    database: Database, reason: str, page_account_id: int | None = None, *, by: int | None = None
) -> bool:
    """Undo the kill switch; what is still inside its window goes out. A paused page is resumed too."""
    return _switch(database, page_account_id, reason, stopped=False, by=by)


def _store(
    connection: Connection, account_id: int, campaign: Campaign, by: int | None, *, publish: bool, now: datetime
) -> tuple[list[Applied], list[str]]:
    applied, hashes = [], []
    for kind, draft in drafts_of(campaign):
        stored = kind.store(connection, account_id, draft, by, now, is_told=not publish)
        hashes.append(stored.content_hash)
        live = publish and kind.put_live_by_command(connection, stored.key, now)
        applied.append(Applied(kind.versions.noun, stored.key.name, stored.key.version, live))
    if campaign.question is not None:
        q = campaign.question
        content = _hashed({"text": q.text, "yes": q.yes, "no": q.no})
        hashes.append(content["content_hash"])
        version = campaigns.store_version(connection, question_version, {"account_id": account_id}, content, now)
        live = publish and accounts.load_account(connection, account_id).question_version != version
        if live:
            accounts.change_account(connection, account_id, {"question_version": version})
        applied.append(Applied("question", "opt_in", version, live))
    return applied, hashes


def _record(
    connection: Connection, account_id: int, applied: list[Applied], hashes: list[str], by: int | None, now: datetime
) -> None:
    for item, content_hash in zip(applied, hashes, strict=True):
        if item.published:
            kind = EntryKind(f"{item.what}_published")
            details = {"name": item.name, "version": item.version, "content_hash": content_hash, **_author(by)}
            ledger.append_for_page(connection, account_id, Entry(kind, details=details), now)


def _author(by: int | None) -> dict[str, int]:
    return {} if by is None else {"by": by}


def _hashed(content: Mapping[str, Any]) -> dict[str, Any]:
    return {**content, "content_hash": campaigns.content_hash(content)}


def turn_switch(
    connection: Connection, page_account_id: int | None, reason: str, now: datetime, *, stopped: bool, by: int | None
) -> bool:
    """The same inside a transaction; True if that changed something."""
    kind = EntryKind.PROACTIVE_STOPPED if stopped else EntryKind.PROACTIVE_RESUMED
    changed = False
    if page_account_id is None:
        changed = accounts.set_proactive_stopped(connection, stopped=stopped, reason=reason, now=now)
        ledger.append_for_installation(connection, Entry(kind, reason=reason, details=_author(by)), now)
    for account in accounts.load_all(connection):
        if page_account_id not in (None, account.id):
            continue
        accounts.lock_account(connection, account.id)
        if page_account_id is not None:
            changed = changed or (account.proactive_stopped_at is not None) != stopped
            values = {"proactive_stopped_at": now if stopped else None}
            accounts.change_account(connection, account.id, values)
        if not stopped and account.paused_at is not None:
            accounts.change_account(connection, account.id, {"paused_at": None, "pause_reason": None})
            resumed = Entry(EntryKind.PAGE_RESUMED, reason=reason, details=_author(by))
            ledger.append_for_page(connection, account.id, resumed, now)
            changed = True
        accounts.bump_generation(connection, account.id)
        # Where it was turned for everything, the page's own switch is as it was.
        details = _author(by) if page_account_id is not None else {**_author(by), EVERYTHING: True}
        ledger.append_for_page(connection, account.id, Entry(kind, reason=reason, details=details), now)
    return changed


def _switch(database: Database, page_account_id: int | None, reason: str, *, stopped: bool, by: int | None) -> bool:
    with database.transaction() as connection:
        return turn_switch(connection, page_account_id, reason, database.now(connection), stopped=stopped, by=by)
