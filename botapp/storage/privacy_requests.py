"""Requests that reach us through the platform: delete my data, the app was removed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from botapp.storage import bulk
from botapp.storage.schema import privacy_request


@dataclass(frozen=True, slots=True)
class PrivacyRequest:
    kind: str
    received_at: datetime
    is_open: bool


def store_new(connection: Connection, row: Mapping[str, Any]) -> None:
    """Keep a request; the same one delivered again changes nothing."""
    bulk.insert_new(connection, privacy_request, [row])


def find(connection: Connection, confirmation_code: str) -> PrivacyRequest | None:
    r = privacy_request.c
    row = connection.execute(
        select(r.kind, r.received_at, r.is_open).where(r.confirmation_code == confirmation_code)
    ).first()
    return PrivacyRequest(*row) if row else None
