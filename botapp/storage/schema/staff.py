"""Staff members, their sessions and what keeps guessers out."""

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

from botapp.storage.schema.base import metadata
from botapp.storage.times import Instant

staff = Table(
    "staff",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),  # what they log in with, in small letters
    Column("display_name", Text, nullable=False),
    Column("password_hash", Text),
    Column("totp_secret_encrypted", Text),
    Column("totp_step", BigInteger),  # of the last code taken: none is taken twice
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    UniqueConstraint("name"),
)

staff_grant = Table(
    "staff_grant",
    metadata,
    Column("staff_id", Integer, nullable=False),
    Column("account_id", Integer, nullable=False),  # 0: every page
    Column("role", Text, nullable=False),
    PrimaryKeyConstraint("staff_id", "account_id", "role"),
    ForeignKeyConstraint(["staff_id"], ["staff.id"]),
    CheckConstraint("role IN ('auditor', 'marketer', 'approver', 'operator', 'admin')", name="role"),
)

staff_session = Table(
    "staff_session",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("token_hash", Text, nullable=False),
    Column("staff_id", Integer, nullable=False),
    Column("stage", Text, nullable=False),
    Column("client", Text, nullable=False),  # what the browser calls itself
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("ended_at", Instant),
    UniqueConstraint("token_hash"),
    ForeignKeyConstraint(["staff_id"], ["staff.id"]),
    CheckConstraint("stage IN ('second_factor', 'enrolment', 'open')", name="stage"),
    Index(None, "staff_id"),
    Index(None, "seen_at"),
)

staff_invitation = Table(
    "staff_invitation",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("staff_id", Integer, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    ForeignKeyConstraint(["staff_id"], ["staff.id"]),
    CheckConstraint("purpose IN ('invitation', 'log_in')", name="purpose"),
    Index(None, "staff_id"),
)

staff_recovery_code = Table(
    "staff_recovery_code",
    metadata,
    Column("staff_id", Integer, nullable=False),
    Column("code_hash", Text, nullable=False),
    PrimaryKeyConstraint("staff_id", "code_hash"),
    ForeignKeyConstraint(["staff_id"], ["staff.id"]),
)

log_in_delay = Table(
    "log_in_delay",
    metadata,
    Column("bucket", Text, primary_key=True),  # a keyed hash of whom and whence
    Column("failures", Integer, nullable=False),
    Column("failed_at", Instant, nullable=False),
    Column("free_at", Instant, nullable=False),
    Index(None, "failed_at"),
)

log_in_refusal = Table(
    "log_in_refusal",
    metadata,
    Column("staff_id", Integer, primary_key=True, autoincrement=False),  # 0: nobody has that name
    Column("since", Instant, nullable=False),
    Column("refusals", BigInteger, nullable=False),  # not on the record yet
)
