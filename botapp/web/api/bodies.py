"""Reads a request's body by its schema, and tells what does not fit field by field."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, TypeVar, get_args

from flask import request
from pydantic import BaseModel, ConfigDict, ValidationError

from botapp.web.api.problems import Fault, ProblemError

LARGEST_BODY_BYTES = 1 << 20
MOST_ITEMS = 100
_MOST_FAULTS = 20


class Part(BaseModel):
    """Of a body: every field is known, and nothing is taken for something else."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


Read = TypeVar("Read", bound=Part)
Asked = TypeVar("Asked", bound=BaseModel)


def read_body(model: type[Read]) -> tuple[Read, bytes]:
    """What was sent, read and raw. Problems: 413 too large, 415 no JSON, 422 does not fit."""
    if request.mimetype != "application/json":
        detail = "Send JSON, with `Content-Type: application/json`."
        raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "not-json", detail)
    body = request.get_data(cache=False)
    if len(body) > LARGEST_BODY_BYTES:
        detail = f"The body has over {LARGEST_BODY_BYTES >> 20} MiB; send fewer items at a time."
        raise ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large", detail)
    try:
        return model.model_validate_json(body), body
    except ValidationError as error:
        faults = _faults(model, error)
        detail = "What was sent does not fit the schema in /api/openapi.json; nothing was stored."
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "does-not-fit", detail, faults) from None


def read_query(model: type[Asked]) -> Asked:
    """What stands behind the question mark of the address. Problem 422: it does not fit."""
    try:
        return model.model_validate(request.args.to_dict())
    except ValidationError as error:
        faults = [Fault(f"?{fault.pointer.removeprefix('/')}", fault.detail) for fault in _faults(model, error)]
        detail = "A parameter of the address does not fit the schema in /api/openapi.json."
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "does-not-fit", detail, faults) from None


def _faults(model: type[BaseModel], error: ValidationError) -> list[Fault]:
    """One for each field: its message names no value, and the schema says what would fit."""
    found: dict[str, Fault] = {}
    for each in error.errors(include_url=False, include_input=False):
        pointer, told = _place(model, each["loc"])
        said = "is not JSON" if each["type"] == "json_invalid" else each["msg"].removeprefix("Value error, ")
        found.setdefault(pointer, Fault(pointer, f"{said}; {told}" if told else said))
    return list(found.values())[:_MOST_FAULTS]


def _place(model: type[BaseModel] | None, location: Sequence[int | str]) -> tuple[str, str]:
    """Where a field stands, and its description. Beyond a field pydantic names the kinds that it tried."""
    steps, told = [], ""
    for step in location:
        if isinstance(step, str):
            if model is None:
                break
            known = model.model_fields.get(step)
            model, told = (_inner(known.annotation), known.description or told) if known else (None, told)
        steps.append(str(step).replace("~", "~0").replace("/", "~1"))
    return "".join(f"/{step}" for step in steps), told


def _inner(annotation: Any) -> type[BaseModel] | None:  # noqa: ANN401  whatever a field is annotated with
    """The items of a list."""
    return next((kind for kind in get_args(annotation) if isinstance(kind, type) and issubclass(kind, BaseModel)), None)
