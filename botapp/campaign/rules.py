"""Writing rules and bringing them from draft to live: the same steps as a template's, by two people at least."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from botapp.campaign.file import RuleDraft
from botapp.policy import template_stage
from botapp.policy.rule_definition import to_definition
from botapp.policy.template_stage import Refusal, Stage, Step
from botapp.storage import accounts, campaigns, ledger, rule_stages
from botapp.storage.engine import Database
from botapp.storage.ledger import Entry, EntryKind
from botapp.storage.rule_stages import RuleKey, StagedRule
from botapp.storage.schema import rule, rule_version

LONGEST_REASON = 300
_KINDS = {
    Step.SUBMIT: EntryKind.RULE_SUBMITTED,
    Step.RETURN: EntryKind.RULE_RETURNED,
    Step.APPROVE: EntryKind.RULE_APPROVED,
    Step.PUBLISH: EntryKind.RULE_PUBLISHED,
    Step.PAUSE: EntryKind.RULE_HALTED,
    Step.RESUME: EntryKind.RULE_PUBLISHED,
    Step.RETIRE: EntryKind.RULE_RETIRED,
}


@dataclass(frozen=True, slots=True)
class RuleDesk:
    """What staff do with rules. `by` is always the number of whoever does it."""

    database: Database
    through: int | None = None  # the key of the API by which they come

    def write(self, account_id: int, draft: RuleDraft, *, by: int) -> RuleKey:
        """The rule as a draft: a new version, unless the very same is one. LookupError: no such page."""
        with self.database.transaction() as connection:
            return self.write_within(connection, account_id, draft, by=by).key

    def write_within(self, connection: Connection, account_id: int, draft: RuleDraft, *, by: int) -> StagedRule:
        """The same inside a transaction."""
        accounts.lock_account(connection, account_id)
        now = self.database.now(connection)
        return store_rule(connection, account_id, draft, by, now)

    def take(self, step: Step, key: RuleKey, *, by: int, why: str = "") -> Refusal | None:
        """One step of a version's way. LookupError if there is no such version."""
        with self.database.transaction() as connection:
            return self.take_within(connection, step, key, by=by, why=why)

    def take_within(
        self, connection: Connection, step: Step, key: RuleKey, *, by: int, why: str = ""
    ) -> Refusal | None:
        """The same inside a transaction; what is refused changes nothing."""
        why = " ".join(why.split())
        if len(why) > LONGEST_REASON or (template_stage.needs_reason(step) and not why):
            return Refusal.NO_REASON
        page = accounts.lock_account(connection, key.account_id)
        found = rule_stages.load(connection, key)
        refused = template_stage.refusal(step, found.standing, by, page.approvals)
        if refused is not None:
            return refused
        now = self.database.now(connection)
        target = template_stage.after(step, found.standing, by, page.approvals)
        if target.stage is Stage.LIVE:
            rule_stages.retire_others(connection, key, now)
        if not rule_stages.move(connection, key, found.standing.stage, target, now):
            return Refusal.WRONG_STAGE
        _serve(connection, found, target.stage)
        details: dict[str, Any] = {"why": why} if why else {}
        if target.stage is Stage.LIVE:
            details["approved_by"] = list(target.approvers)
        details |= {} if self.through is None else {"api_key": self.through}
        _record(connection, _KINDS[step], found, by, now, details)
        return None


def store_rule(
    connection: Connection,
    account_id: int,
    draft: RuleDraft,
    by: int | None,
    now: datetime,
    *,
    is_told: bool = True,
) -> StagedRule:
    """Store the rule, a draft unless it had come further already; the page's row must be held.

    Recorded unless another entry of the same transaction tells it (`is_told` false).
    """
    content = {"definition": json.dumps(to_definition(draft.rule, draft.template_name), sort_keys=True)}
    content["content_hash"] = campaigns.content_hash(content)
    named = {"account_id": account_id, "name": draft.rule.name}
    version = campaigns.store_version(connection, rule_version, named, content, now)
    key = RuleKey(account_id, draft.rule.name, version)
    is_new = rule_stages.begin(connection, key, by, now)
    stored = rule_stages.load(connection, key)
    if is_new and is_told:
        _record(connection, EntryKind.RULE_WRITTEN, stored, by, now, {})
    return stored


def _serve(connection: Connection, found: StagedRule, target: Stage) -> None:
    """The senders read what is live when they claim: from the commit on they see this."""
    key, was_live = found.key, found.standing.stage is Stage.LIVE
    if target is Stage.LIVE:
        campaigns.set_live(connection, rule, key.account_id, key.name, key.version)
    elif was_live:
        campaigns.set_live(connection, rule, key.account_id, key.name, None)
    if was_live or target is Stage.LIVE:
        accounts.bump_generation(connection, key.account_id)


def _record(
    connection: Connection, kind: EntryKind, found: StagedRule, by: int | None, now: datetime, more: dict[str, Any]
) -> None:
    """Who, when and why; of the rule itself only its hash."""
    named = {"name": found.key.name, "version": found.key.version, "content_hash": found.content_hash}
    details = {**named, **({} if by is None else {"by": by}), **more}
    ledger.append_for_page(connection, found.key.account_id, Entry(kind, details=details), now)
