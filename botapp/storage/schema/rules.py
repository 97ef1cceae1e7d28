"""How far each version of a rule has come, and by whom; and what rules with a budget have spent."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    false,
    text,
)

from botapp.storage.schema.base import metadata
from botapp.storage.times import Instant

_IN_SERVICE = "stage IN ('live', 'paused')"

rule_stage = Table(
    "rule_stage",
    metadata,
    Column("account_id", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("stage", Text, nullable=False),
    # Staff, by their numbers. None: at the command line, without a name.
    Column("written_by", BigInteger),
    Column("submitted_by", BigInteger),
    Column("approved_by", BigInteger),
    Column("also_approved_by", BigInteger),
    Column("paused_by", BigInteger),
    Column("by_command", Boolean, nullable=False, server_default=false()),  # put live there, without approval
    Column("changed_at", Instant, nullable=False),
    PrimaryKeyConstraint("account_id", "name", "version"),
    ForeignKeyConstraint(
        ["account_id", "name", "version"],
        ["rule_version.account_id", "rule_version.name", "rule_version.version"],
    ),
    CheckConstraint("stage IN ('draft', 'in_review', 'approved', 'live', 'paused', 'retired')", name="stage"),
    CheckConstraint("stage IN ('draft', 'in_review', 'retired') OR approved_by IS NOT NULL OR by_command", name="seen"),
    CheckConstraint("approved_by <> written_by AND approved_by <> submitted_by", name="another"),
    CheckConstraint(
        "also_approved_by <> written_by AND also_approved_by <> submitted_by AND also_approved_by <> approved_by",
        name="a_third",
    ),
    Index(
        "uq_rule_stage_in_service",
        "account_id",
        "name",
        unique=True,
        postgresql_where=text(_IN_SERVICE),
        sqlite_where=text(_IN_SERVICE),
    ),
)

# One row for each rule and period of its budget. What is begun is added by whoever claims, in the claim's transaction.
rule_spending = Table(
    "rule_spending",
    metadata,
    Column("account_id", Integer, nullable=False),
    Column("rule_name", Text, nullable=False),
    Column("since", Instant, nullable=False),  # when the period began; of a budget in total 1970
    Column("spent", BigInteger, nullable=False),
    PrimaryKeyConstraint("account_id", "rule_name", "since"),
    ForeignKeyConstraint(["account_id"], ["account.id"]),
    CheckConstraint("spent >= 0", name="spent"),
)
