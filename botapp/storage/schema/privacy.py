"""What people asked about their data, what is left of the erased, and how far retention has come."""

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
    text,
)

from botapp.storage.schema.base import metadata
from botapp.storage.times import Instant

# What people asked about their data, however it reached us: a worklist with the law's clock.
privacy_request = Table(
    "privacy_request",
    metadata,
    Column("confirmation_code", Text, primary_key=True),
    Column("platform", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("account_id", Integer),  # with the contact's: whose it is, where that is known
    Column("contact_id", BigInteger),
    Column("platform_person_id", Text),  # as the platform's callback names the person; gone once the request is closed
    Column("issued_at", Instant),
    Column("received_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("state", Text, nullable=False, server_default="open"),
    Column("closed_at", Instant),
    CheckConstraint("kind IN ('deletion', 'deauthorisation', 'access')", name="kind"),
    CheckConstraint("origin IN ('platform', 'chat', 'staff')", name="origin"),
    CheckConstraint("state IN ('open', 'done', 'nobody_known')", name="state"),
    CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed"),
    Index(
        "ix_privacy_request_open",
        "due_at",
        "confirmation_code",
        postgresql_where=text("state = 'open'"),
        sqlite_where=text("state = 'open'"),
    ),
    Index(
        "uq_privacy_request_open_in_chat",
        "account_id",
        "contact_id",
        "kind",
        unique=True,
        postgresql_where=text("state = 'open' AND origin = 'chat'"),
        sqlite_where=text("state = 'open' AND origin = 'chat'"),
    ),
    Index(None, "received_at", "confirmation_code"),
)

# All that is left of somebody who was erased: a keyed digest of whom, when it was, and the noes that go on holding.
tombstone = Table(
    "tombstone",
    metadata,
    Column("account_id", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("erased_at", Instant, nullable=False),
    Column("stopped_at", Instant),
    Column("notices_stopped_at", Instant),
    Column("muted_at", Instant),
    Column("muted_until", Instant),
    Column("refused_at", Instant),
    PrimaryKeyConstraint("account_id", "digest"),
    ForeignKeyConstraint(["account_id"], ["account.id"]),
)

# How far the present round through a table has come; without a position the round is over.
retention = Table(
    "retention",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("begun_at", Instant, nullable=False),
    Column("position", Text),  # JSON, the key of the last row that was looked at
)
