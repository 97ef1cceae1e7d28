"""What templates and rules have in common in the API: how far a version has come, and the steps that take it further.

There is no step that resumes what somebody stopped: people do that, on the console.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, Field
from sqlalchemy import Connection

from botapp.policy.api_scope import ApiScope
from botapp.policy.template_stage import Refusal, Stage, Standing, Step
from botapp.web.api.bodies import Part
from botapp.web.api.calls import PAGE, Asked, Call, Query, changing, missing
from botapp.web.api.cursors import Cursors, CursorText
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


@dataclass(frozen=True, slots=True)
class Kind:
    """Templates, or rules: what they are called, and the step as their desk takes it."""

    noun: str
    take: Callable[[Connection, Asked, Step], Refusal | None]
    show: Callable[[Connection, Asked], BaseModel]  # the version that the body names
    answer: type[BaseModel]

    @property
    def address(self) -> str:
        return f"{PAGE}/{self.noun}s"

    def steps(self) -> list[Call]:
        """A call for each step, with the scope that it takes."""
        return [self._step(step, scope) for step, scope in SCOPES.items()]

    def _step(self, step: Step, scope: ApiScope) -> Call:
        return Call(
            "POST",
            f"{self.address}/{step.value}",
            f"{self.noun}-{step.value}",
            _SUMMARIES[step].format(self.noun),
            scope,
            changing(lambda connection, asked: self._taken(connection, asked, step)),
            answer=self.answer,
            body=StepTaken,
            is_once=True,
        )

    def _taken(self, connection: Connection, asked: Asked, step: Step) -> BaseModel:
        try:
            refusal = self.take(connection, asked, step)
        except LookupError:
            raise missing(f"version of a {self.noun}") from None
        if refusal is Refusal.NO_REASON:
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "does-not-fit", "Say why, in a sentence or two.")
        if refusal is not None:
            raise ProblemError(HTTPStatus.CONFLICT, refusal.value.replace("_", "-"), _REFUSALS[refusal])
        return self.show(connection, asked)


def standing_values(standing: Standing) -> dict[str, Any]:
    """Of a version, as it is shown."""
    return {
        "stage": standing.stage,
        "written_by": standing.written_by,
        "submitted_by": standing.submitted_by,
        "approved_by": list(standing.approvers),
        "paused_by": standing.paused_by,
    }


Versioned = TypeVar("Versioned")


def portion(
    asked: Asked, of: str, found: Iterable[Versioned], key: Callable[[Versioned], tuple[str, int]]
) -> tuple[Sequence[Versioned], str | None]:
    """Of all versions, by name and the newest first, those that were asked for, and the cursor to go on with.

    A page's versions are what people wrote by hand: all of them are looked through.
    """
    query: VersionsAsked = asked.query
    of, cursors = f"{of} {asked.page.id} {query.name or ''}", Cursors(asked.parts.cursor_key)
    wanted = [each for each in found if query.name in (None, key(each)[0])]
    if query.cursor is not None:
        name, version = cursors.read(of, query.cursor)
        wanted = [each for each in wanted if (key(each)[0], -key(each)[1]) > (str(name), -int(version))]
    shown = wanted[: query.limit]
    return shown, cursors.write(of, key(shown[-1])) if len(wanted) > len(shown) else None
