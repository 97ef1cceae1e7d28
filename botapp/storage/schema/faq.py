"""What a page knows to answer, and what it was asked and could not."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from botapp.storage.schema.base import metadata, of_contact
from botapp.storage.times import Instant

# All entries of a page at once: what is learnt from them is learnt from all of them. Versions are never edited.
faq_version = Table(
    "faq_version",
    metadata,
    Column("account_id", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("content", Text, nullable=False),  # JSON, canonical: the entries in their order
    Column("content_hash", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    PrimaryKeyConstraint("account_id", "version"),
    ForeignKeyConstraint(["account_id"], ["account.id"]),
    UniqueConstraint("account_id", "content_hash"),
)

# The version that answers, and what was learnt from it: one row, so that both change at once.
faq_model = Table(
    "faq_model",
    metadata,
    Column("account_id", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("model", LargeBinary, nullable=False),
    Column("model_hash", Text, nullable=False),
    PrimaryKeyConstraint("account_id"),
    ForeignKeyConstraint(["account_id", "version"], ["faq_version.account_id", "faq_version.version"]),
)

unanswered_question = Table(
    "unanswered_question",
    metadata,
    Column("account_id", Integer, nullable=False),
    Column("contact_id", BigInteger, nullable=False),
    Column("event_key", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("state", Text, nullable=False, server_default="open"),
    Column("entry", Text),  # that answers it from now on
    *of_contact("event_key"),
    CheckConstraint("state IN ('open', 'answered')", name="state"),
    CheckConstraint("(state = 'answered') = (entry IS NOT NULL)", name="answered"),
    Index(
        "ix_unanswered_question_open",
        "account_id",
        "asked_at",
        postgresql_where=text("state = 'open'"),
        sqlite_where=text("state = 'open'"),
    ),
)
