"""A campaign brought by who may not approve it: drafts are written and submitted, what others approved goes live.

So a file that is brought again and again, as programs do it, comes a step further whenever people have done theirs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from sqlalchemy import Connection

from botapp.campaign.file import Campaign, QuestionDraft
from botapp.campaign.rules import RuleDesk
from botapp.campaign.templates import TemplateDesk
from botapp.policy.template_stage import Refusal, Stage, Standing, Step
from botapp.storage import accounts, campaigns
from botapp.storage.engine import Database
from botapp.storage.rule_stages import RuleKey
from botapp.storage.template_stages import TemplateKey

_NO_MORE = "no longer in the campaign"
_NEXT: Mapping[Stage, tuple[Step, Stage]] = {
    Stage.DRAFT: (Step.SUBMIT, Stage.IN_REVIEW),
    Stage.APPROVED: (Step.PUBLISH, Stage.LIVE),
}
ELSEWHERE = "only_at_the_command_line"  # a question goes live there: it has no approval


Key_contra = TypeVar("Key_contra", contravariant=True)
Key = TypeVar("Key")


class Desk(Protocol[Key_contra]):
    """Templates and rules go the same way."""

    def take_within(
        self, connection: Connection, step: Step, key: Key_contra, *, by: int, why: str = ""
    ) -> Refusal | None: ...


@dataclass(frozen=True, slots=True)
class Proposed:
    """What became of a template, a rule or the question; its stage, or ELSEWHERE."""

    what: str
    name: str
    version: int | None
    state: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """Who brings it, and how far it may go. `by` is on the record."""

    database: Database
    by: int
    through: int | None = None  # the key of the API by which they come
    publishes: bool = False  # what others approved
    retires_absent: bool = False  # of what is live; only together with `publishes`

    def bring(self, connection: Connection, account_id: int, campaign: Campaign) -> list[Proposed]:
        """All of it, in a transaction in which the page's row is held."""
        templates = TemplateDesk(self.database, self.through)
        rules = RuleDesk(self.database, self.through)
        found = []
        for draft in campaign.templates:
            staged = templates.write_within(connection, account_id, draft, by=self.by)
            state = self._advance(connection, templates, staged.key, staged.standing)
            found.append(Proposed("template", staged.key.name, staged.key.version, state))
        for rule in campaign.rules:
            stored = rules.write_within(connection, account_id, rule, by=self.by)
            state = self._advance(connection, rules, stored.key, stored.standing)
            found.append(Proposed("rule", stored.key.name, stored.key.version, state))
        if campaign.question is not None:
            found.append(_question(connection, account_id, campaign.question))
        if self.publishes and self.retires_absent:
            found += self.retire_absent(connection, account_id, campaign)
        return found

    def _advance(self, connection: Connection, desk: Desk[Key], key: Key, standing: Standing) -> str:
        """One step, if the next is one that is theirs; the stage it has come to."""
        step, target = _NEXT.get(standing.stage, (None, standing.stage))
        if step is None or (step is Step.PUBLISH and not self.publishes):
            return standing.stage.value
        refusal = desk.take_within(connection, step, key, by=self.by)
        return (standing.stage if refusal else target).value

    def retire_absent(self, connection: Connection, account_id: int, campaign: Campaign) -> Iterator[Proposed]:
        """What is live and not in it. Rules first: none is left without its template."""
        rules = {rule.name: rule.version for rule in campaigns.load_live_rules(connection, account_id)}
        for name in sorted(rules.keys() - {draft.rule.name for draft in campaign.rules}):
            rule_key = RuleKey(account_id, name, rules[name])
            state = self._retire(connection, RuleDesk(self.database, self.through), rule_key)
            yield Proposed("rule", name, rules[name], state)
        templates = campaigns.load_live_templates(connection, account_id)
        for name in sorted(templates.keys() - {draft.template.name for draft in campaign.templates}):
            key = TemplateKey(account_id, name, templates[name].version)
            state = self._retire(connection, TemplateDesk(self.database, self.through), key)
            yield Proposed("template", name, key.version, state)

    def _retire(self, connection: Connection, desk: Desk[Key], key: Key) -> str:
        refusal = desk.take_within(connection, Step.RETIRE, key, by=self.by, why=_NO_MORE)
        return (Stage.LIVE if refusal else Stage.RETIRED).value


def retire_absent_of(database: Database, account_id: int, campaign: Campaign, *, by: int) -> list[Proposed]:
    """Retire what is live on a page and not in the campaign."""
    with database.transaction() as connection:
        accounts.lock_account(connection, account_id)
        return list(Proposal(database, by).retire_absent(connection, account_id, campaign))


def _question(connection: Connection, account_id: int, question: QuestionDraft) -> Proposed:
    live = campaigns.load_live_question(connection, account_id)
    is_live = live is not None and (live.text, live.yes, live.no) == (question.text, question.yes, question.no)
    return Proposed("question", "opt_in", live.version if live and is_live else None, "live" if is_live else ELSEWHERE)
