"""Calls that are no batch: what they ask for and answer, and how they are served."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, request
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection

from botapp.policy.access import Reach
from botapp.policy.api_scope import ApiScope
from botapp.storage import accounts
from botapp.storage.accounts import Account
from botapp.storage.api_keys import ApiKey
from botapp.web.api.bodies import Part, read_body, read_query
from botapp.web.api.entrance import Entrance
from botapp.web.api.once import Sent, json_answer, once
from botapp.web.api.parts import ApiParts
from botapp.web.api.problems import ProblemError, not_found

PAGE = "/v1/pages/{page}"  # the addresses that are about one page begin with it


class Query(BaseModel):
    """What may stand behind the question mark of an address: nothing, unless a call says more."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that was let in: by which key, about which page, with what."""

    parts: ApiParts
    key: ApiKey
    reach: Reach  # the pages on which the key may do this
    about: Account | None  # None where the address names no page
    path: Mapping[str, str]
    query: Any
    body: Any = None
    raw: bytes = b""  # the body as it was sent

    @property
    def page(self) -> Account:
        """The page that the address names. LookupError where it names none."""
        if self.about is None:
            raise LookupError("this address names no page")
        return self.about


@dataclass(frozen=True, slots=True)
class Call:
    """One method of one address, as it is served and as the contract tells of it."""

    method: str
    path: str  # what it names stands in braces
    name: str
    summary: str
    scope: ApiScope
    act: Callable[[Asked], Response]
    answer: type[BaseModel] | None = None
    query: type[Query] = Query
    body: type[Part] | None = None
    is_once: bool = False  # takes an Idempotency-Key
    refusals: Sequence[int] = ()  # beyond those of every call
    more: Mapping[str, Any] = field(default_factory=dict)  # of the contract, where no model says it


def reading(read: Callable[[Asked], BaseModel]) -> Callable[[Asked], Response]:
    """A call that changes nothing."""
    return lambda asked: json_answer(read(asked).model_dump_json())


def changing(change: Callable[[Connection, Asked], BaseModel]) -> Callable[[Asked], Response]:
    """A call that changes something of its page, in one transaction; with an Idempotency-Key once."""

    def act(asked: Asked) -> Response:
        content = f"{request.method} {request.full_path}\n".encode() + asked.raw
        database, sent = asked.parts.database, Sent(asked.page.id, asked.key.id, content)
        with database.transaction() as connection:
            now = database.now(connection)
            return once(connection, sent, now, lambda: change(connection, asked).model_dump_json())

    return act


def missing(what: str) -> ProblemError:
    """Not there, or not for this key: which of them is not said."""
    return ProblemError(HTTPStatus.NOT_FOUND, "not-found", f"There is no such {what} for this key.")


@dataclass(frozen=True, slots=True)
class CallDesk:
    """Serves calls."""

    parts: ApiParts
    entrance: Entrance

    def blueprint(self, call: Call) -> Blueprint:
        """One call as a blueprint of its own."""
        blueprint = Blueprint(call.name, __name__)
        rule = re.sub(r"{(\w+)}", r"<\1>", call.path)
        blueprint.add_url_rule(rule, call.name, lambda **path: self._serve(call, path), methods=[call.method])
        return blueprint

    def _serve(self, call: Call, path: Mapping[str, str]) -> Response:
        key = self.entrance.admit(call.scope)
        reach = self.parts.keys.reach(key, call.scope)
        about = self._page(path["page"], reach) if "page" in path else None
        query = read_query(call.query)
        body, raw = read_body(call.body) if call.body else (None, b"")
        return call.act(Asked(self.parts, key, reach, about, path, query, body, raw))

    def _page(self, page_id: str, reach: Reach) -> Account:
        with self.parts.database.reading() as connection:
            found = accounts.find_by_pages(connection, self.parts.platform, [page_id]).get(page_id)
        if found is None or found.id not in reach:
            raise not_found()
        return found
