"""What every resource is made of: one operation that takes a batch for one page, in one transaction, once."""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Generic, TypeVar

from flask import Blueprint, Response, request
from pydantic import BaseModel
from sqlalchemy import Connection

from botapp.conversation.business import Teller, Told
from botapp.policy.api_scope import ApiScope
from botapp.storage import accounts, api_requests
from botapp.storage.api_keys import ApiKey
from botapp.storage.api_requests import RequestKey
from botapp.storage.engine import Database
from botapp.web.api.bodies import Part, read_body
from botapp.web.api.entrance import Entrance
from botapp.web.api.problems import ProblemError, not_found

IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,200}\Z", re.ASCII)


class Batch(Part):
    """What all batches have in common."""

    page: str


Items = TypeVar("Items", bound=Batch)


class Result(BaseModel):
    """What became of an item. The first item is 0."""

    index: int
    status: Told


class Results(BaseModel):
    """One for each item, in their order."""

    results: list[Result]


@dataclass(frozen=True, slots=True)
class Operation(Generic[Items]):
    """A POST of a batch, as it is served and as the contract tells of it. `take` returns what became of each item."""

    path: str
    name: str
    summary: str
    scope: ApiScope
    model: type[Items]
    take: Callable[[Connection, int, Items, Teller, datetime], Sequence[Told]]


@dataclass(frozen=True, slots=True)
class Desk:
    """Serves operations."""

    database: Database
    entrance: Entrance
    platform: str

    def blueprint(self, operation: Operation[Any]) -> Blueprint:
        """One operation as a blueprint of its own."""
        blueprint = Blueprint(operation.name, __name__)
        blueprint.add_url_rule(operation.path, operation.name, lambda: self._serve(operation), methods=["POST"])
        return blueprint

    def _serve(self, operation: Operation[Any]) -> Response:
        key = self.entrance.admit(operation.scope)
        batch, body = read_body(operation.model)
        idempotency_key = _idempotency_key()
        with self.database.transaction() as connection:
            account_id = self._page(connection, key, batch.page)
            request_key = idempotency_key and RequestKey(account_id, key.id, idempotency_key)
            if not request_key:
                return _answer(self._take(connection, account_id, operation, batch, key))
            digest = hashlib.sha256(f"{operation.name}\n".encode() + body).hexdigest()
            done = api_requests.begin(connection, request_key, digest, self.database.now(connection))
            if done is not None:
                return _answer(_same(done.request_hash, digest, done.answer), is_replayed=True)
            answer = self._take(connection, account_id, operation, batch, key)
            api_requests.finish(connection, request_key, answer)
        return _answer(answer)

    def _page(self, connection: Connection, key: ApiKey, page_id: str) -> int:
        found = accounts.find_by_pages(connection, self.platform, [page_id]).get(page_id)
        if found is None or not key.is_for(found.id):
            raise not_found()
        return found.id

    def _take(
        self, connection: Connection, account_id: int, operation: Operation[Any], batch: Batch, key: ApiKey
    ) -> str:
        told = operation.take(connection, account_id, batch, Teller(key.id, key.name), self.database.now(connection))
        results = [Result(index=index, status=status) for index, status in enumerate(told)]
        return Results(results=results).model_dump_json()


def _idempotency_key() -> str | None:
    given = request.headers.get("Idempotency-Key")
    if given is not None and not IDEMPOTENCY_KEY.match(given):
        detail = "Write an Idempotency-Key of 1 to 200 visible ASCII characters, such as a UUID."
        raise ProblemError(HTTPStatus.BAD_REQUEST, "idempotency-key", detail)
    return given


def _same(known_digest: str, digest: str, answer: str) -> str:
    if known_digest != digest:
        detail = "This Idempotency-Key came with another request before; take a new one for each request."
        raise ProblemError(HTTPStatus.CONFLICT, "idempotency-key-used", detail)
    return answer


def _answer(content: str, *, is_replayed: bool = False) -> Response:
    headers = {"Idempotency-Replayed": "true"} if is_replayed else {}
    return Response(content, 200, headers, mimetype="application/json")
