"""Conversations that people of the team take over, and the words that they keep ready."""

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

from botapp.storage.schema.base import metadata, of_contact
from botapp.storage.times import Instant

_OPEN = "state IN ('queued', 'claimed', 'passing', 'passed', 'taking')"

handover = Table(
    "handover",
    metadata,
    Column("account_id", Integer, nullable=False),
    Column("contact_id", BigInteger, nullable=False),
    Column("number", BigInteger, nullable=False),  # of its first entry in the log
    Column("state", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("requested_at", Instant, nullable=False),
    Column("staff_id", BigInteger),  # who has it now, or had it last
    Column("claimed_at", Instant),
    Column("answered_at", Instant),  # when a person answered last
    Column("late_at", Instant),  # when it was noticed that it waits too long
    Column("not_before", Instant, nullable=False),  # of the next attempt to pass or take control on the platform
    Column("leased_until", Instant),
    Column("ended_at", Instant),
    Column("outcome", Text),
    *of_contact("number"),
    CheckConstraint(
        "state IN ('queued', 'claimed', 'passing', 'passed', 'taking', 'handed_back', 'closed')", name="state"
    ),
    CheckConstraint("state <> 'claimed' OR (staff_id IS NOT NULL AND claimed_at IS NOT NULL)", name="claimed"),
    CheckConstraint(
        "(state IN ('handed_back', 'closed')) = (ended_at IS NOT NULL AND outcome IS NOT NULL)", name="ended"
    ),
    Index(
        "uq_handover_open",
        "account_id",
        "contact_id",
        unique=True,
        postgresql_where=text(_OPEN),
        sqlite_where=text(_OPEN),
    ),
    Index("ix_handover_waiting", "requested_at", postgresql_where=text(_OPEN), sqlite_where=text(_OPEN)),
    Index(None, "account_id", "outcome", "ended_at"),
)

canned_answer = Table(
    "canned_answer",
    metadata,
    Column("account_id", Integer, nullable=False),
    Column("language", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("text", Text, nullable=False),
    PrimaryKeyConstraint("account_id", "language", "name"),
    ForeignKeyConstraint(["account_id"], ["account.id"]),
)
