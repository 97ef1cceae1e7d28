"""The way from draft to live, of templates and rules alike: by two people at least, and each step is recorded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection

from botapp.policy import approval
from botapp.policy.approval import Refusal, Stage, Step
from botapp.storage import accounts, campaigns, ledger
from botapp.storage.engine import Database
from botapp.storage.ledger import Entry, EntryKind
from botapp.storage.stages import StagedVersion, StagedVersions, VersionKey

LONGEST_REASON = 300
Draft = TypeVar("Draft")
Staged = TypeVar("Staged", bound=StagedVersion)


@dataclass(frozen=True, slots=True)
class Kind(Generic[Draft, Staged]):
    """What templates, or rules, have of their own on that way."""

    versions: StagedVersions[Staged]
    name_of: Callable[[Draft], str]
    content_of: Callable[[Draft], dict[str, Any]]  # as it is stored and hashed
    when_written: EntryKind
    when_taken: Mapping[Step, EntryKind]

    def store(
        self,
        connection: Connection,
        account_id: int,
        draft: Draft,
        by: int | None,
        now: datetime,
        *,
        is_told: bool = True,
    ) -> Staged:
        """Store it, as a draft unless it had come further already; the page's row must be held.

        Recorded unless another entry of the same transaction tells it (`is_told` false).
        """
        content = self.content_of(draft)
        content["content_hash"] = campaigns.content_hash(content)
        name = self.name_of(draft)
        named = {"account_id": account_id, "name": name}
        version = campaigns.store_version(connection, self.versions.written, named, content, now)
        key = VersionKey(account_id, name, version)
        is_new = self.versions.begin(connection, key, by, now)
        stored = self.versions.load(connection, key)
        if is_new and is_told:
            record(connection, self.when_written, stored, by, now, {})
        return stored

    def put_live_by_command(self, connection: Connection, key: VersionKey, now: datetime) -> bool:
        """Without approval; True if it was not live before. The caller records it."""
        changed = campaigns.set_live(connection, self.versions.live, key.account_id, key.name, key.version)
        if changed:
            self.versions.put_live_by_command(connection, key, now)
        return changed


@dataclass(frozen=True, slots=True)
class Desk(Generic[Draft, Staged]):
    """What staff do with templates, or with rules. `by` is always the number of whoever does it."""

    kind: Kind[Draft, Staged]
    database: Database
    through: int | None = None  # the key of the API by which they come

    def write(self, account_id: int, draft: Draft, *, by: int) -> VersionKey:
        """A draft: a new version, unless the very same content is one. LookupError: no such page."""
        with self.database.transaction() as connection:
            return self.write_within(connection, account_id, draft, by=by).key

    def write_within(self, connection: Connection, account_id: int, draft: Draft, *, by: int) -> Staged:
        """The same inside a transaction."""
        accounts.lock_account(connection, account_id)
        return self.kind.store(connection, account_id, draft, by, self.database.now(connection))

    def take(self, step: Step, key: VersionKey, *, by: int, why: str = "") -> Refusal | None:
        """One step of a version's way. LookupError if there is no such version."""
        with self.database.transaction() as connection:
            return self.take_within(connection, step, key, by=by, why=why)

    def take_within(
        self, connection: Connection, step: Step, key: VersionKey, *, by: int, why: str = ""
    ) -> Refusal | None:
        """The same inside a transaction; what is refused changes nothing."""
        versions, why = self.kind.versions, " ".join(why.split())
        if len(why) > LONGEST_REASON or (approval.needs_reason(step) and not why):
            return Refusal.NO_REASON
        page = accounts.lock_account(connection, key.account_id)
        found = versions.load(connection, key)
        refused = approval.refusal(step, found.standing, by, page.approvals)
        if refused is not None:
            return refused
        now = self.database.now(connection)
        target = approval.after(step, found.standing, by, page.approvals)
        if target.stage is Stage.LIVE:
            versions.retire_others(connection, key, now)
        if not versions.move(connection, key, found.standing.stage, target, now):
            return Refusal.WRONG_STAGE
        self._serve(connection, found, target.stage)
        details: dict[str, Any] = {"why": why} if why else {}
        if target.stage is Stage.LIVE:
            details["approved_by"] = list(target.approvers)
        details |= {} if self.through is None else {"api_key": self.through}
        record(connection, self.kind.when_taken[step], found, by, now, details)
        return None

    def _serve(self, connection: Connection, found: Staged, target: Stage) -> None:
        """The senders read what is live when they claim: from the commit on they see this."""
        key, was_live, is_live = found.key, found.standing.stage is Stage.LIVE, target is Stage.LIVE
        if was_live or is_live:
            live = key.version if is_live else None
            campaigns.set_live(connection, self.kind.versions.live, key.account_id, key.name, live)
            accounts.bump_generation(connection, key.account_id)


def record(
    connection: Connection, kind: EntryKind, about: StagedVersion, by: int | None, now: datetime, more: dict[str, Any]
) -> None:
    """Who, when and why; of what the version says only its hash."""
    named = {"name": about.key.name, "version": about.key.version, "content_hash": about.content_hash}
    details = {**named, **({} if by is None else {"by": by}), **more}
    ledger.append_for_page(connection, about.key.account_id, Entry(kind, details=details), now)
