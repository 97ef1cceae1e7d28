"""Who is told by webhook what happens, and what is still to be told."""

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
    text,
)

from botapp.storage.schema.base import metadata
from botapp.storage.times import Instant

webhook = Table(
    "webhook",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account_id", Integer, nullable=False),
    Column("name", Text, nullable=False),  # never given twice on a page: entries of the log name webhooks by their ids
    Column("url", Text, nullable=False),  # never changes
    Column("event_types", Text, nullable=False),  # with a blank between them
    Column("state", Text, nullable=False),
    Column("reason", Text),  # why it ended
    Column("secret_encrypted", Text, nullable=False),
    Column("former_secret_encrypted", Text),  # signs too, until
    Column("former_secret_until", Instant),
    Column("created_at", Instant, nullable=False),
    Column("delivered_at", Instant),  # when something was last taken
    Column("failed_at", Instant),  # and when something was not
    Column("failure", Text),
    UniqueConstraint("account_id", "name"),
    ForeignKeyConstraint(["account_id"], ["account.id"]),
    CheckConstraint("state IN ('active', 'paused', 'ended')", name="state"),
    CheckConstraint("(state = 'ended') = (reason IS NOT NULL)", name="reason"),
    CheckConstraint("(former_secret_encrypted IS NULL) = (former_secret_until IS NULL)", name="former_secret"),
)

# Numbers only: what names a person is put in when it is told, so that an erasure finds nothing here. Like the counts of
# outcomes, from which they are derived, events refer to no other table: deriving must not wait for those who send.
webhook_delivery = Table(
    "webhook_delivery",
    metadata,
    Column("account_id", Integer, nullable=False),
    Column("webhook_id", Integer, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("event_type", Text, nullable=False),
    Column("contact_id", BigInteger, nullable=False),
    Column("occurred_at", Instant, nullable=False),
    Column("details", Text, nullable=False),  # JSON
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_try_at", Instant, nullable=False),
    Column("give_up_at", Instant, nullable=False),
    Column("tried_at", Instant),
    Column("outcome", Text),  # of the last try: a status of HTTP, or a word of ours
    PrimaryKeyConstraint("account_id", "webhook_id", "event_id"),
    CheckConstraint("state IN ('pending', 'delivered', 'dead')", name="state"),
    Index(
        "ix_webhook_delivery_pending",
        "account_id",
        "webhook_id",
        "next_try_at",
        postgresql_where=text("state = 'pending'"),
        sqlite_where=text("state = 'pending'"),
    ),
    Index("ix_webhook_delivery_newest", "account_id", "webhook_id", "occurred_at"),
    Index("ix_webhook_delivery_give_up_at", "give_up_at"),
)
