"""Writing templates and bringing them from draft to live: each step is recorded, and nobody approves their own."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from botapp.campaign.file import TemplateDraft
from botapp.policy import template_stage
from botapp.policy.template_stage import Refusal, Stage, Step
from botapp.policy.wording import to_stored
from botapp.storage import accounts, campaigns, ledger, template_stages
from botapp.storage.engine import Database
from botapp.storage.ledger import Entry, EntryKind
from botapp.storage.schema import template, template_version
from botapp.storage.template_stages import StagedTemplate, TemplateKey

LONGEST_REASON = 300
_KINDS = {
    Step.SUBMIT: EntryKind.TEMPLATE_SUBMITTED,
    Step.RETURN: EntryKind.TEMPLATE_RETURNED,
    Step.APPROVE: EntryKind.TEMPLATE_APPROVED,
    Step.PUBLISH: EntryKind.TEMPLATE_PUBLISHED,
    Step.PAUSE: EntryKind.TEMPLATE_PAUSED,
    Step.RESUME: EntryKind.TEMPLATE_PUBLISHED,
    Step.RETIRE: EntryKind.TEMPLATE_RETIRED,
}


@dataclass(frozen=True, slots=True)
class TemplateDesk:
    """What staff do with templates. `by` is always the number of whoever does it."""

    database: Database
    through: int | None = None  # the key of the API by which they come

    def write(self, account_id: int, draft: TemplateDraft, *, by: int) -> TemplateKey:
        """The words as a draft: a new version, unless the very same words are one. LookupError: no such page."""
        with self.database.transaction() as connection:
            return self.write_within(connection, account_id, draft, by=by).key

    def write_within(self, connection: Connection, account_id: int, draft: TemplateDraft, *, by: int) -> StagedTemplate:
        """The same inside a transaction."""
        accounts.lock_account(connection, account_id)
        now = self.database.now(connection)
        return store_template(connection, account_id, draft, by, now)

    def take(self, step: Step, key: TemplateKey, *, by: int, why: str = "") -> Refusal | None:
        """One step of a version's way. LookupError if there is no such version."""
        with self.database.transaction() as connection:
            return self.take_within(connection, step, key, by=by, why=why)

    def take_within(
        self, connection: Connection, step: Step, key: TemplateKey, *, by: int, why: str = ""
    ) -> Refusal | None:
        """The same inside a transaction; what is refused changes nothing."""
        why = " ".join(why.split())
        if len(why) > LONGEST_REASON or (template_stage.needs_reason(step) and not why):
            return Refusal.NO_REASON
        page = accounts.lock_account(connection, key.account_id)
        found = template_stages.load(connection, key)
        refused = template_stage.refusal(step, found.standing, by, page.approvals)
        if refused is not None:
            return refused
        now = self.database.now(connection)
        target = template_stage.after(step, found.standing, by, page.approvals)
        if target.stage is Stage.LIVE:
            template_stages.retire_others(connection, key, now)
        if not template_stages.move(connection, key, found.standing.stage, target, now):
            return Refusal.WRONG_STAGE
        _serve(connection, found, target.stage)
        details: dict[str, Any] = {"why": why} if why else {}
        if target.stage is Stage.LIVE:
            details["approved_by"] = list(target.approvers)
        details |= {} if self.through is None else {"api_key": self.through}
        _record(connection, _KINDS[step], found, by, now, details)
        return None


def store_template(
    connection: Connection,
    account_id: int,
    draft: TemplateDraft,
    by: int | None,
    now: datetime,
    *,
    is_told: bool = True,
) -> StagedTemplate:
    """Store the words, a draft unless they had come further already; the page's row must be held.

    Recorded unless another entry of the same transaction tells it (`is_told` false).
    """
    t = draft.template
    content: dict[str, Any] = {"text": t.text, "language": t.language, "purpose": draft.purpose}
    content["parts"] = to_stored(t.wordings)
    content["content_hash"] = campaigns.content_hash(content)
    named = {"account_id": account_id, "name": t.name}
    version = campaigns.store_version(connection, template_version, named, content, now)
    key = TemplateKey(account_id, t.name, version)
    is_new = template_stages.begin(connection, key, by, now)
    stored = template_stages.load(connection, key)
    if is_new and is_told:
        _record(connection, EntryKind.TEMPLATE_WRITTEN, stored, by, now, {})
    return stored


def _serve(connection: Connection, found: StagedTemplate, target: Stage) -> None:
    """The senders read what is live when they claim: from the commit on they see this."""
    key, was_live = found.key, found.standing.stage is Stage.LIVE
    if target is Stage.LIVE:
        campaigns.set_live(connection, template, key.account_id, key.name, key.version)
    elif was_live:
        campaigns.set_live(connection, template, key.account_id, key.name, None)
    if was_live or target is Stage.LIVE:
        accounts.bump_generation(connection, key.account_id)


def _record(
    connection: Connection, kind: EntryKind, found: StagedTemplate, by: int | None, now: datetime, more: dict[str, Any]
) -> None:
    """Who, when and why; of the words only their hash."""
    named = {"name": found.key.name, "version": found.key.version, "content_hash": found.content_hash}
    details = {**named, **({} if by is None else {"by": by}), **more}
    ledger.append_for_page(connection, found.key.account_id, Entry(kind, details=details), now)
