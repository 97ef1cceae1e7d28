"""Conversions: purchases and the like, as the business's own systems told of them."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection

from botapp.storage import bulk
from botapp.storage.schema import conversion

_KEY = ("account_id", "contact_id", "conversion_key")

ConversionKey = tuple[int, int, str]  # account id, contact id, and what tells it from the contact's others


def store_new(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> set[ConversionKey]:
    """Store those of locked contacts that are not known yet, and tell which these are."""
    return {(a, c, key) for a, c, key in bulk.insert_new(connection, conversion, rows, key=_KEY)}
