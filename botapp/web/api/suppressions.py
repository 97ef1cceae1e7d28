"""GET and POST /api/v1/pages/…/suppressions: lists of people who do not want to hear from us, out and in, as CSV.

There is no call that lifts a no: only the person does, with a word of their own.
"""

import io
import json
from collections import Counter
from collections.abc import Iterator
from http import HTTPStatus

from flask import Response, request
from pydantic import Field

from botapp.compliance.export_record import Export
from botapp.compliance.suppression_export import write_noes
from botapp.compliance.suppression_file import Fault, ListError, No, read_noes
from botapp.compliance.suppression_import import Reported, SuppressionImport
from botapp.policy.api_scope import ApiScope
from botapp.web.api.calls import PAGE, Asked, Call, Query
from botapp.web.api.problems import ProblemError

LARGEST_LIST_BYTES = 3 << 20  # as much as any request to this server may have
_CSV = "text/csv"
_NDJSON = "application/x-ndjson"


class Taking(Query):
    """How a list is taken in."""

    dry_run: bool = Field(default=False, description="only say what would become of each line")


def _give(asked: Asked) -> Response:
    end = asked.parts.list_turns.begin()
    export = Export(asked.parts.database, asked.key.author, {"form": "suppressions", "accounts": [asked.page.id]})
    export.begin()

    def parts() -> Iterator[bytes]:
        with export.until_its_end():
            for number, part in write_noes(asked.parts.database, asked.page.id):
                export.entries += number
                yield part

    headers = {"Content-Disposition": 'attachment; filename="suppressions.csv"'}
    response = Response(parts(), 200, headers, mimetype=_CSV)
    response.call_on_close(end)
    return response


def _take(asked: Asked) -> Response:
    noes = _sent()
    taking = SuppressionImport(asked.parts.database, asked.parts.tombstone_key, asked.page, asked.key.author)
    end = asked.parts.list_turns.begin()
    dry_run: bool = asked.query.dry_run
    response = Response(_report(taking.take(noes, dry_run=dry_run), dry_run=dry_run), 200, mimetype=_NDJSON)
    response.call_on_close(end)
    return response


def _sent() -> Iterator[No | Fault]:
    """The lines of the body. Problems: 413 too large, 415 no CSV, 422 its first line names no columns."""
    if request.mimetype != _CSV:
        detail = f"Send CSV, with `Content-Type: {_CSV}`."
        raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "not-csv", detail)
    request.max_content_length = LARGEST_LIST_BYTES
    content = io.BytesIO(request.get_data(cache=False))
    try:
        return read_noes(io.TextIOWrapper(content, "utf-8-sig", "replace", newline=""))
    except ListError as error:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "does-not-fit", str(error)) from None


def _report(reports: Iterator[Reported], *, dry_run: bool) -> Iterator[bytes]:
    """A line for each, and one with their numbers at the end: where that is missing, the rest was not looked at."""
    counts: Counter[str] = Counter()
    for reported in reports:
        counts[reported.status.value] += 1
        detail = {"detail": reported.detail} if reported.detail else {}
        yield _line({"line": reported.line, "status": reported.status.value, **detail})
    yield _line({"lines": counts.total(), "dry_run": dry_run, "counts": dict(sorted(counts.items()))})


def _line(told: dict[str, object]) -> bytes:
    return f"{json.dumps(told)}\n".encode()


def _content(media_type: str, told: str) -> dict[str, object]:
    return {"content": {media_type: {"schema": {"type": "string", "description": told}}}}


_LISTED = "columns contact, scope, until, at; the first line names them, and only contact must be there"
CALLS = (
    Call(
        "GET",
        f"{PAGE}/suppressions",
        "suppressions",
        "Take out the noes in force, as a list that can be taken in. It is on record.",
        ApiScope.SUPPRESSIONS_READ,
        _give,
        more={"responses": {"200": _content(_CSV, _LISTED)}},
    ),
    Call(
        "POST",
        f"{PAGE}/suppressions",
        "suppress",
        "Take in a list of people who do not want to hear from the page. It only adds noes.",
        ApiScope.SUPPRESSIONS_WRITE,
        _take,
        query=Taking,
        refusals=(413, 415),
        more={
            "requestBody": {"required": True, **_content(_CSV, _LISTED)},
            "responses": {"200": _content(_NDJSON, "a line for each, then one with their numbers")},
        },
    ),
)
