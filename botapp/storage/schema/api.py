"""Keys of the API, what the business's own systems tell with them, and the catalogue that its products are known by."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from botapp.storage.schema.base import metadata, of_contact
from botapp.storage.times import Instant

api_key = Table(
    "api_key",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account_id", Integer, nullable=False),  # 0: every page
    Column("name", Text, nullable=False),
    Column("token_hash", Text, nullable=False),
    Column("scopes", Text, nullable=False),  # with a blank between them
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("staff_id", Integer),  # for whom it acts; none: for a system
    UniqueConstraint("token_hash"),
    UniqueConstraint("name"),
)

# What a request with an idempotency key was answered, so that it is done once and answered alike.
api_request = Table(
    "api_request",
    metadata,
    Column("account_id", Integer, nullable=False),
    Column("key_id", Integer, nullable=False),
    Column("idempotency_key", Text, nullable=False),
    Column("request_hash", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("received_at", Instant, nullable=False),
    PrimaryKeyConstraint("account_id", "key_id", "idempotency_key"),
    ForeignKeyConstraint(["account_id"], ["account.id"]),
    ForeignKeyConstraint(["key_id"], ["api_key.id"]),
)

conversion = Table(
    "conversion",
    metadata,
    Column("account_id", Integer, nullable=False),
    Column("contact_id", BigInteger, nullable=False),
    Column("conversion_key", Text, nullable=False),  # the order's number, or what the conversion itself amounts to
    Column("order_id", Text),
    Column("value_micros", BigInteger),  # in millionths of the currency's unit
    Column("currency", Text),
    Column("occurred_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("source", Text, nullable=False),
    *of_contact("conversion_key"),
    CheckConstraint("(value_micros IS NULL) = (currency IS NULL)", name="currency"),
    Index(None, "account_id", "occurred_at"),
)

catalogue = Table(
    "catalogue",
    metadata,
    Column("account_id", Integer, nullable=False),
    Column("content", Text, nullable=False),  # JSON
    Column("applied_at", Instant, nullable=False),
    PrimaryKeyConstraint("account_id"),
    ForeignKeyConstraint(["account_id"], ["account.id"]),
)
