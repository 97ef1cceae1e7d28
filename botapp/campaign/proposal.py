"""A campaign brought by who may not approve it: drafts are written and submitted, what others approved goes live.

So a file that is brought again and again, as programs do it, comes a step further whenever people have done theirs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from botapp.campaign.file import Campaign, QuestionDraft
from botapp.campaign.kinds import KINDS, drafts_of
from botapp.campaign.stages import Desk
from botapp.policy.approval import Stage, Step
from botapp.storage import accounts, campaigns
from botapp.storage.engine import Database
from botapp.storage.stages import StagedVersion

_NO_MORE = "no longer in the campaign"
_NEXT: Mapping[Stage, tuple[Step, Stage]] = {
    Stage.DRAFT: (Step.SUBMIT, Stage.IN_REVIEW),
    Stage.APPROVED: (Step.PUBLISH, Stage.LIVE),
}
ELSEWHERE = "only_at_the_command_line"  # a question goes live there: it has no approval


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
        found = []
        for kind, draft in drafts_of(campaign):
            desk = Desk(kind, self.database, self.through)
            staged = desk.write_within(connection, account_id, draft, by=self.by)
            state = self._advance(connection, desk, staged)
            found.append(Proposed(kind.versions.noun, staged.key.name, staged.key.version, state))
        if campaign.question is not None:
            found.append(_question(connection, account_id, campaign.question))
        if self.publishes and self.retires_absent:
            found += self.retire_absent(connection, account_id, campaign)
        return found

    def _advance(self, connection: Connection, desk: Desk[Any, Any], staged: StagedVersion) -> str:
        """One step, if the next is one that is theirs; the stage it has come to."""
        step, target = _NEXT.get(staged.standing.stage, (None, staged.standing.stage))
        if step is None or (step is Step.PUBLISH and not self.publishes):
            return staged.standing.stage.value
        refusal = desk.take_within(connection, step, staged.key, by=self.by)
        return (staged.standing.stage if refusal else target).value

    def retire_absent(self, connection: Connection, account_id: int, campaign: Campaign) -> Iterator[Proposed]:
        """What is live and not in it. Rules first: none is left without its template."""
        kept = {(kind.versions.noun, kind.name_of(draft)) for kind, draft in drafts_of(campaign)}
        for kind in reversed(KINDS):
            noun, desk = kind.versions.noun, Desk(kind, self.database, self.through)
            for staged in kind.versions.load_of_page(connection, account_id):
                key = staged.key
                if staged.standing.stage is Stage.LIVE and (noun, key.name) not in kept:
                    refusal = desk.take_within(connection, Step.RETIRE, key, by=self.by, why=_NO_MORE)
                    yield Proposed(noun, key.name, key.version, (Stage.LIVE if refusal else Stage.RETIRED).value)


def retire_absent_of(database: Database, account_id: int, campaign: Campaign, *, by: int) -> list[Proposed]:
    """Retire what is live on a page and not in the campaign."""
    with database.transaction() as connection:
        accounts.lock_account(connection, account_id)
        return list(Proposal(database, by).retire_absent(connection, account_id, campaign))


def _question(connection: Connection, account_id: int, question: QuestionDraft) -> Proposed:
    live = campaigns.load_live_question(connection, account_id)
    is_live = live is not None and (live.text, live.yes, live.no) == (question.text, question.yes, question.no)
    return Proposed("question", "opt_in", live.version if live and is_live else None, "live" if is_live else ELSEWHERE)
