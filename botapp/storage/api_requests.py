"""Requests of the API that carry an idempotency key: each is done once, and answered alike whenever it comes again."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from botapp.storage import bulk
from botapp.storage.schema import api_request

_KEY = ("account_id", "key_id", "idempotency_key")


class RequestKey(NamedTuple):
    """Keys of one client on one page are apart from those of any other."""

    account_id: int
    key_id: int
    idempotency_key: str


class Done(NamedTuple):
    """What came before under the same key."""

    request_hash: str
    answer: str


def begin(connection: Connection, key: RequestKey, request_hash: str, received_at: datetime) -> Done | None:
    """None: it is new, and whoever sends the same meanwhile waits for our commit. Else what it was answered."""
    row = {**key._asdict(), "request_hash": request_hash, "answer": "", "received_at": received_at}
    if bulk.insert_new(connection, api_request, [row], key=_KEY):
        return None
    [found] = bulk.find(connection, api_request, [key._asdict()])
    return Done(found.request_hash, found.answer)


def finish(connection: Connection, key: RequestKey, answer: str) -> None:
    """Keep the answer, in the transaction that did what was asked."""
    bulk.update(connection, api_request, [{**key._asdict(), "answer": answer}], key=_KEY)
