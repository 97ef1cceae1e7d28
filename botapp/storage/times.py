"""Instants are stored as whole microseconds since 1970 UTC, in both databases alike (docs/decisions.md, 3)."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_microseconds(value: datetime) -> int:
    """An aware instant as stored. Naive ones are refused: they would be read in somebody's local zone."""
    if value.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return (value - _EPOCH) // _MICROSECOND


def from_microseconds(value: int) -> datetime:
    """A stored instant, aware, UTC."""
    return _EPOCH + timedelta(0, 0, value)  # by place: named, it takes nearly twice as long


class Instant(TypeDecorator[datetime]):
    """A UTC instant with microseconds."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002  the signature is SQLAlchemy's
        return None if value is None else to_microseconds(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ANN401, ARG002  the signature is SQLAlchemy's
        return None if value is None else from_microseconds(int(value))


class Duration(TypeDecorator[timedelta]):
    """A span in whole microseconds."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> int | None:  # noqa: ARG002  the signature is SQLAlchemy's
        return None if value is None else value // _MICROSECOND

    def process_result_value(self, value: Any | None, dialect: Dialect) -> timedelta | None:  # noqa: ANN401, ARG002  the signature is SQLAlchemy's
        return None if value is None else timedelta(microseconds=int(value))
