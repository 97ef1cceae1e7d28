"""Refusals as RFC 9457 has them: what is wrong, at which field, and what to do about it. Never what was sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from flask import Response, json
from werkzeug.exceptions import HTTPException

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Fault:
    """One field that does not fit: where it stands (RFC 6901), and what would fit there."""

    pointer: str
    detail: str


@dataclass(slots=True)
class ProblemError(Exception):
    """Raised wherever a request is refused; answered in one place."""

    status: HTTPStatus
    name: str  # stable, for programs
    detail: str
    faults: Sequence[Fault] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        content: dict[str, object] = {
            "type": f"urn:botapp:problem:{self.name}",
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": self.detail,
        }
        if self.faults:
            content["errors"] = [{"pointer": fault.pointer, "detail": fault.detail} for fault in self.faults]
        return Response(json.dumps(content), self.status.value, dict(self.headers), mimetype=MEDIA_TYPE)


def of_http(error: HTTPException) -> Response:
    """What Flask itself refuses, and faults of ours: the status and nothing else."""
    status = HTTPStatus(error.code or 500)
    name = status.phrase.lower().replace(" ", "-")
    kept = {"Allow": ", ".join(sorted(allowed))} if (allowed := getattr(error, "valid_methods", None)) else {}
    return ProblemError(status, name, "See /api/openapi.json for what is understood here.", headers=kept).response()


def not_found() -> ProblemError:
    """Also for what exists and is not the caller's: nobody learns which pages there are."""
    detail = "There is no such page for this key. Check `page`: botapp account list shows the ids."
    return ProblemError(HTTPStatus.NOT_FOUND, "not-found", detail)
