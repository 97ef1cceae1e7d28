"""What every resource is made of: one operation that takes a batch for one page, in one transaction, once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Generic, TypeVar

from flask import Blueprint, Response
from pydantic import BaseModel
from sqlalchemy import Connection

from botapp.conversation.business import Teller, Told
from botapp.policy.api_scope import ApiScope
from botapp.storage import accounts
from botapp.storage.api_keys import ApiKey
from botapp.storage.engine import Database
from botapp.web.api.bodies import Part, read_body
from botapp.web.api.entrance import Entrance
from botapp.web.api.once import Sent, once
from botapp.web.api.problems import not_found


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
        with self.database.transaction() as connection:
            account_id = self._page(connection, key, batch.page)
            sent = Sent(account_id, key.id, f"{operation.name}\n".encode() + body)
            take = partial(self._take, connection, account_id, operation, batch, key)
            return once(connection, sent, self.database.now(connection), take)

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
