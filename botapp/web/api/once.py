"""Idempotency keys: the same request is done once, and answered alike however often it comes."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from flask import Response, request
from sqlalchemy import Connection

from botapp.storage import api_requests
from botapp.storage.api_requests import RequestKey
from botapp.web.api.problems import ProblemError

_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,200}\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Sent:
    """What was asked for: by which key about which page, and all of it that another request would differ in."""

    account_id: int
    key_id: int
    content: bytes


def once(connection: Connection, sent: Sent, now: datetime, do: Callable[[], str]) -> Response:
    """The answer of `do`, or what it answered before. Problems: 400 no such key, 409 it came with another request."""
    given = _given()
    if given is None:
        return json_answer(do())
    key = RequestKey(sent.account_id, sent.key_id, given)
    digest = hashlib.sha256(sent.content).hexdigest()
    done = api_requests.begin(connection, key, digest, now)
    if done is not None:
        return json_answer(_same(done.request_hash, digest, done.answer), is_replayed=True)
    answer = do()
    api_requests.finish(connection, key, answer)
    return json_answer(answer)


def json_answer(content: str, *, is_replayed: bool = False) -> Response:
    headers = {"Idempotency-Replayed": "true"} if is_replayed else {}
    return Response(content, 200, headers, mimetype="application/json")


def _given() -> str | None:
    given = request.headers.get("Idempotency-Key")
    if given is not None and not _IDEMPOTENCY_KEY.match(given):
        detail = "Write an Idempotency-Key of 1 to 200 visible ASCII characters, such as a UUID."
        raise ProblemError(HTTPStatus.BAD_REQUEST, "idempotency-key", detail)
    return given


def _same(known_digest: str, digest: str, answer: str) -> str:
    if known_digest != digest:
        detail = "This Idempotency-Key came with another request before; take a new one for each request."
        raise ProblemError(HTTPStatus.CONFLICT, "idempotency-key-used", detail)
    return answer
