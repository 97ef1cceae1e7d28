"""What marketers wrote: versions are never edited."""

from sqlalchemy import Column, ForeignKeyConstraint, Integer, PrimaryKeyConstraint, Table, Text, UniqueConstraint

from botapp.storage.schema.base import metadata
from botapp.storage.times import Instant

template_version = Table(
    "template_version",
    metadata,
    Column("account_id", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("parts", Text),  # JSON, canonical: what comes with the text, and the same in other languages
    Column("content_hash", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    PrimaryKeyConstraint("account_id", "name", "version"),
    ForeignKeyConstraint(["account_id"], ["account.id"]),
    UniqueConstraint("account_id", "name", "content_hash"),
)

template = Table(
    "template",
    metadata,
    Column("account_id", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("live_version", Integer),
    PrimaryKeyConstraint("account_id", "name"),
    ForeignKeyConstraint(
        ["account_id", "name", "live_version"],
        ["template_version.account_id", "template_version.name", "template_version.version"],
    ),
)

rule_version = Table(
    "rule_version",
    metadata,
    Column("account_id", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("definition", Text, nullable=False),  # JSON, canonical
    Column("content_hash", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    PrimaryKeyConstraint("account_id", "name", "version"),
    ForeignKeyConstraint(["account_id"], ["account.id"]),
    UniqueConstraint("account_id", "name", "content_hash"),
)

rule = Table(
    "rule",
    metadata,
    Column("account_id", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("live_version", Integer),
    PrimaryKeyConstraint("account_id", "name"),
    ForeignKeyConstraint(
        ["account_id", "name", "live_version"],
        ["rule_version.account_id", "rule_version.name", "rule_version.version"],
    ),
)

question_version = Table(
    "question_version",
    metadata,
    Column("account_id", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("yes", Text, nullable=False),
    Column("no", Text, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    PrimaryKeyConstraint("account_id", "version"),
    ForeignKeyConstraint(["account_id"], ["account.id"]),
    UniqueConstraint("account_id", "content_hash"),
)
_MAY_HAVE_REACHED_THE_CUSTOMER = "('claimed', 'sent', 'failed', 'unknown')"
