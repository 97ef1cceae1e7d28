"""The part of the contract that tells of calls, made from the models that they are served by."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode

from botapp.web.api.calls import Call, Query

_OF_EVERY_CALL = (400, 401, 403, 422, 429)
_WITH_BODY = (413, 415)
_WITH_KEY = (409,)
_IN_ADDRESSES = {
    "page": ("the page's id on the platform", "^[A-Za-z0-9_-]{1,200}$"),
    "contact": ("the platform's id of the person for this page", "^[A-Za-z0-9_-]{1,200}$"),
    "webhook": ("the id that the list has", "^[0-9]{1,9}$"),
    "rehearsal": ("the id that the list has", "^[0-9]{1,19}$"),
    "id": ("the id that the list has", "^[0-9]{1,19}-[0-9]{1,19}$"),
}
_RATE_HEADERS = {
    "RateLimit-Policy": {"description": "How many requests the key may make at once, and in how many seconds."},
    "RateLimit": {"description": "How many are left, and in how many seconds all are again."},
}


def models_of(calls: Sequence[Call]) -> list[tuple[type[BaseModel], JsonSchemaMode]]:
    """What the contract has schemas of."""
    found: list[tuple[type[BaseModel], JsonSchemaMode]] = []
    for call in calls:
        found += [(call.body, "validation")] if call.body else []
        found += [(call.answer, "serialization")] if call.answer else []
    return found


def paths_of(calls: Sequence[Call], refusals: Mapping[int, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """By address and method. `refusals` tells by status how each is answered."""
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    for call in calls:
        paths[call.path][call.method.lower()] = _operation(call, refusals)
    return dict(paths)


def _operation(call: Call, refusals: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    statuses = {*_OF_EVERY_CALL, *call.refusals, *((404,) if "{" in call.path else ())}
    statuses |= {*_WITH_BODY} if call.body else set()
    statuses |= {*_WITH_KEY} if call.is_once else set()
    success: dict[str, Any] = {"description": "Done as asked.", "headers": _headers()}
    if call.answer:
        success["content"] = _content(call.answer)
    told: dict[str, Any] = {
        "operationId": call.name,
        "summary": call.summary,
        "description": f"Needs the scope {call.scope.value}.",
        "parameters": [*_in_address(call.path), *_in_query(call.query), *([_IDEMPOTENCY_KEY] if call.is_once else [])],
        "responses": {"200": success, **{str(status): dict(refusals[status]) for status in sorted(statuses)}},
    }
    if call.body:
        told["requestBody"] = {"required": True, "content": _content(call.body)}
    return _merged(told, call.more)


def _headers() -> dict[str, Any]:
    return {name: {**told, "schema": {"type": "string"}} for name, told in _RATE_HEADERS.items()}


def _in_address(path: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "description": told, "schema": _text(pattern)}
        for name, (told, pattern) in _IN_ADDRESSES.items()
        if f"{{{name}}}" in path
    ]


def _in_query(query: type[Query]) -> list[dict[str, Any]]:
    found = []
    for name, schema in query.model_json_schema().get("properties", {}).items():
        meant = next((each for each in schema.get("anyOf", ()) if each.get("type") != "null"), schema)
        kept = {key: value for key, value in meant.items() if key not in ("title", "description", "default")}
        told = {"name": name, "in": "query", "required": False, "schema": kept}
        found.append({**told, "description": schema["description"]} if "description" in schema else told)
    return found


def _text(pattern: str) -> dict[str, str]:
    return {"type": "string", "pattern": pattern}


def _content(model: type[BaseModel]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}}


def _merged(told: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """What is said of the same thing twice is put together."""
    found = dict(told)
    for name, value in more.items():
        before = found.get(name)
        if isinstance(value, Mapping) and isinstance(before, Mapping):
            found[name] = _merged(before, value)
        else:
            found[name] = [*before, *value] if isinstance(value, list) and isinstance(before, list) else value
    return found


_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key with the same request is done once and answered alike.",
    "schema": {"type": "string", "pattern": "^[\\x21-\\x7e]{1,200}$"},
}
