"""The API as OpenAPI 3.1 tells of it, made from the very models that requests are read by."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from botapp.web.api.call_contract import models_of, paths_of
from botapp.web.api.calls import Call
from botapp.web.api.operations import Operation, Results
from botapp.web.api.problems import MEDIA_TYPE

_REFUSALS = {
    400: "The Idempotency-Key is none, or the request is no HTTP that is understood.",
    401: "No valid key.",
    403: "The key may not do this.",
    404: "No such page, or nothing of that name on it, for this key.",
    409: "The Idempotency-Key came with another request before; or it stands otherwise by now.",
    412: "Somebody changed it since: the ETag is another.",
    413: "The body is too large.",
    415: "The body is no JSON.",
    422: "What was sent does not fit the schema; `errors` names each field. Nothing was stored.",
    428: "Send If-Match with the ETag of what you looked at.",
    429: "Too many requests with this key; Retry-After says when to come again.",
}
_OF_CALLS = frozenset({412, 428})
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key with the same request is done once and answered alike.",
    "schema": {"type": "string", "pattern": "^[\\x21-\\x7e]{1,200}$"},
}


def contract(operations: Sequence[Operation[Any]], calls: Sequence[Call] = ()) -> dict[str, Any]:
    """The whole document."""
    models: list[type[BaseModel]] = [operation.model for operation in operations]
    _, schemas = models_json_schema(
        [*((model, "validation") for model in models), (Results, "serialization"), *models_of(calls)],
        ref_template="#/components/schemas/{model}",
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "botapp",
            "version": version("botapp"),
            "description": "What the business's own systems tell and ask of customers who have written to it.",
        },
        "servers": [{"url": "/api"}],
        "security": [{"key": []}],
        "paths": {
            **{operation.path: {"post": _operation(operation)} for operation in operations},
            **paths_of(calls, {status: _refusal(status) for status in _REFUSALS}),
        },
        "components": {
            "schemas": {**schemas["$defs"], "Problem": _PROBLEM},
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(operation: Operation[Any]) -> dict[str, Any]:
    return {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": f"Needs the scope {operation.scope.value}.",
        "parameters": [_IDEMPOTENCY_KEY],
        "requestBody": {"required": True, "content": _content("application/json", operation.model.__name__)},
        "responses": {
            "200": {
                "description": "What became of each item.",
                "content": _content("application/json", Results.__name__),
            },
            **{str(status): _refusal(status) for status in _REFUSALS if status not in _OF_CALLS},
        },
    }


def _refusal(status: int) -> dict[str, Any]:
    return {"description": _REFUSALS[status], "content": _content(MEDIA_TYPE, "Problem")}


def _content(media_type: str, name: str) -> dict[str, Any]:
    return {media_type: {"schema": {"$ref": f"#/components/schemas/{name}"}}}
