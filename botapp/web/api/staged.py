"""What templates and rules have in common in the API: how far a version has come, and the steps that take it further.

There is no step that resumes what somebody stopped: people do that, on the console.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, Field
from sqlalchemy import Connection

from botapp.campaign.stages import Desk, Kind
from botapp.policy.api_scope import ApiScope
from botapp.policy.approval import Refusal, Stage, Step
from botapp.storage.stages import StagedVersion, VersionKey
from botapp.web.api.bodies import Part
from botapp.web.api.calls import PAGE, Asked, Call, Query, changing, missing, reading
from botapp.web.api.cursors import Cursors, CursorText
from botapp.web.api.drafts import Drafted
from botapp.web.api.problems import ProblemError

Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00]+$")]
_Why = Annotated[str, Field(max_length=300, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]
SCOPES: Mapping[Step, ApiScope] = {
    Step.SUBMIT: ApiScope.CAMPAIGNS_WRITE,
    Step.RETURN: ApiScope.CAMPAIGNS_APPROVE,
    Step.APPROVE: ApiScope.CAMPAIGNS_APPROVE,
    Step.PUBLISH: ApiScope.CAMPAIGNS_PUBLISH,
    Step.PAUSE: ApiScope.SENDING_STOP,
    Step.RETIRE: ApiScope.CAMPAIGNS_PUBLISH,
}
_SUMMARIES = {
    Step.SUBMIT: "Ask for approval of a {}.",
    Step.RETURN: "Return a {} to its author.",
    Step.APPROVE: "Approve a {} that others wrote and submitted.",
    Step.PUBLISH: "Put a {} live that others approved.",
    Step.PAUSE: "Pause a {}; a second person resumes it on the console.",
    Step.RETIRE: "Retire a {}.",
}
_REFUSALS = {
    Refusal.WRONG_STAGE: "It has moved on, or has not come so far; read it again.",
    Refusal.OWN_WORK: "Whoever wrote or submitted it does not approve it.",
    Refusal.NO_PERSON: "A key that acts for nobody wrote it: retire it, and let a person write it anew.",
    Refusal.APPROVED_ALREADY: "They have approved it already; the page asks for a second person.",
    Refusal.MORE_APPROVALS: "The page asks for more approvals than it has.",
    Refusal.SECOND_PERSON: "Whoever paused it does not resume it.",
}


class StepTaken(Part):
    """Of which version, and why."""

    name: Name
    version: int = Field(ge=1, lt=1 << 31)
    why: _Why = Field("", description="pause, return and retire need it: it stands in the log")


class VersionsAsked(Query):
    """Which, and how many at a time."""

    name: Name | None = Field(None, description="only versions of this name")
    limit: int = Field(50, ge=1, le=200, description="how many at a time, at most")
    cursor: CursorText | None = Field(None, description="`next` of the answer before; without it from the beginning")


class VersionShown(BaseModel):
    """How far a version has come. Authors are numbers of staff; below zero, of keys of systems; null, nobody yet."""

    name: str
    version: int
    stage: Stage
    written_by: int | None
    submitted_by: int | None
    approved_by: list[int]
    paused_by: int | None
    by_command: bool = Field(description="put live at the command line, without approval")
    changed_at: datetime
    content_hash: str


Draft = TypeVar("Draft")
Staged = TypeVar("Staged", bound=StagedVersion)


@dataclass(frozen=True, slots=True)
class Resource(Generic[Draft, Staged]):
    """Templates, or rules, as the API has them."""

    kind: Kind[Draft, Staged]
    read: Callable[[Asked], Draft]  # what was sent
    tell: Callable[[Staged], Mapping[str, Any]]  # what a version says
    drafted: type[Drafted]
    shown: type[VersionShown]
    listed: type[BaseModel]
    same: str  # what it is called if it was written before

    @property
    def noun(self) -> str:
        return self.kind.versions.noun

    @property
    def address(self) -> str:
        return f"{PAGE}/{self.noun}s"

    def calls(self) -> Sequence[Call]:
        """To list them, to write one, and a call for each step with the scope that it takes."""
        listing = Call(
            "GET",
            self.address,
            f"{self.noun}s",
            f"List the versions of {self.noun}s, by name, the newest first.",
            ApiScope.CAMPAIGNS_READ,
            reading(self._list),
            answer=self.listed,
            query=VersionsAsked,
        )
        writing = Call(
            "POST",
            self.address,
            self.noun,
            f"Write a {self.noun}: a draft, until others approve it. {self.same}",
            ApiScope.CAMPAIGNS_WRITE,
            changing(self._write),
            answer=self.shown,
            body=self.drafted,
            is_once=True,
        )
        return (listing, writing, *(self._step(step, scope) for step, scope in SCOPES.items()))

    def _step(self, step: Step, scope: ApiScope) -> Call:
        return Call(
            "POST",
            f"{self.address}/{step.value}",
            f"{self.noun}-{step.value}",
            _SUMMARIES[step].format(self.noun),
            scope,
            changing(lambda connection, asked: self._take(connection, asked, step)),
            answer=self.shown,
            body=StepTaken,
            is_once=True,
        )

    def _list(self, asked: Asked) -> BaseModel:
        with asked.parts.database.reading() as connection:
            found = self.kind.versions.load_of_page(connection, asked.page.id)
        items, following = _portion(asked, f"{self.noun}s", found)
        return self.listed(items=[self._shown(each) for each in items], next=following)

    def _write(self, connection: Connection, asked: Asked) -> BaseModel:
        draft = self.read(asked)
        return self._shown(self._desk(asked).write_within(connection, asked.page.id, draft, by=asked.key.author))

    def _take(self, connection: Connection, asked: Asked, step: Step) -> BaseModel:
        body: StepTaken = asked.body
        key = VersionKey(asked.page.id, body.name, body.version)
        try:
            refusal = self._desk(asked).take_within(connection, step, key, by=asked.key.author, why=body.why)
        except LookupError:
            raise missing(f"version of a {self.noun}") from None
        if refusal is Refusal.NO_REASON:
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "does-not-fit", "Say why, in a sentence or two.")
        if refusal is not None:
            raise ProblemError(HTTPStatus.CONFLICT, refusal.value.replace("_", "-"), _REFUSALS[refusal])
        return self._shown(self.kind.versions.load(connection, key))

    def _desk(self, asked: Asked) -> Desk[Draft, Staged]:
        return Desk(self.kind, asked.parts.database, through=asked.key.id)

    def _shown(self, each: Staged) -> VersionShown:
        stands = each.standing
        return self.shown(
            name=each.key.name,
            version=each.key.version,
            stage=stands.stage,
            written_by=stands.written_by,
            submitted_by=stands.submitted_by,
            approved_by=list(stands.approvers),
            paused_by=stands.paused_by,
            by_command=each.by_command,
            changed_at=each.changed_at,
            content_hash=each.content_hash,
            **self.tell(each),
        )


def _portion(asked: Asked, of: str, found: Sequence[Staged]) -> tuple[Sequence[Staged], str | None]:
    """Of all versions, by name and the newest first, those that were asked for, and the cursor to go on with.

    A page's versions are what people wrote by hand: all of them are looked through.
    """
    query: VersionsAsked = asked.query
    of, cursors = f"{of} {asked.page.id} {query.name or ''}", Cursors(asked.parts.cursor_key)
    wanted = [each for each in found if query.name in (None, each.key.name)]
    if query.cursor is not None:
        name, version = cursors.read(of, query.cursor)
        wanted = [each for each in wanted if (each.key.name, -each.key.version) > (str(name), -int(version))]
    shown = wanted[: query.limit]
    if len(wanted) == len(shown):
        return shown, None
    return shown, cursors.write(of, (shown[-1].key.name, shown[-1].key.version))
