"""What the bot says on each page in place of the shipped texts: versions are never edited."""

from sqlalchemy import Column, ForeignKeyConstraint, Integer, PrimaryKeyConstraint, Table, Text, UniqueConstraint

from botapp.storage.schema.base import metadata
from botapp.storage.times import Instant

texts_version = Table(
    "texts_version",
    metadata,
    Column("account_id", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("content", Text, nullable=False),  # JSON, canonical: language -> key -> text
    Column("content_hash", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    PrimaryKeyConstraint("account_id", "version"),
    ForeignKeyConstraint(["account_id"], ["account.id"]),
    UniqueConstraint("account_id", "content_hash"),
)
