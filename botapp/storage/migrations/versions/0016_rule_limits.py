"""Budgets, caps and states of rules."""

import sqlalchemy as sa
from alembic import op

from botapp.storage.times import Instant

revision = "0016"
down_revision = "0015"

_IN_SERVICE = "stage IN ('live', 'paused')"


def upgrade() -> None:
    op.add_column("reengagement", sa.Column("budget_since", Instant()))
    _create_stages()
    # What there was came by the command line. Of the versions that are not live nobody knows whether they were.
    op.execute(
        "INSERT INTO rule_stage (account_id, name, version, stage, by_command, changed_at)"
        " SELECT v.account_id, v.name, v.version,"
        " CASE WHEN r.live_version = v.version THEN 'live' ELSE 'retired' END,"
        " r.live_version IS NOT NULL AND r.live_version = v.version, v.created_at FROM rule_version v"
        " LEFT JOIN rule r ON r.account_id = v.account_id AND r.name = v.name"
    )
    op.create_table(
        "rule_spending",
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("rule_name", sa.Text, nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("spent", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "rule_name", "since", name=op.f("pk_rule_spending")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_rule_spending_account_id")),
        sa.CheckConstraint("spent >= 0", name=op.f("ck_rule_spending_spent")),
    )


def _create_stages() -> None:
    op.create_table(
        "rule_stage",
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("written_by", sa.BigInteger),
        sa.Column("submitted_by", sa.BigInteger),
        sa.Column("approved_by", sa.BigInteger),
        sa.Column("also_approved_by", sa.BigInteger),
        sa.Column("paused_by", sa.BigInteger),
        sa.Column("by_command", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "name", "version", name=op.f("pk_rule_stage")),
        sa.ForeignKeyConstraint(
            ["account_id", "name", "version"],
            ["rule_version.account_id", "rule_version.name", "rule_version.version"],
            name=op.f("fk_rule_stage_account_id_name_version"),
        ),
        sa.CheckConstraint(
            "stage IN ('draft', 'in_review', 'approved', 'live', 'paused', 'retired')", name=op.f("ck_rule_stage_stage")
        ),
        sa.CheckConstraint(
            "stage IN ('draft', 'in_review', 'retired') OR approved_by IS NOT NULL OR by_command",
            name=op.f("ck_rule_stage_seen"),
        ),
        sa.CheckConstraint(
            "approved_by <> written_by AND approved_by <> submitted_by", name=op.f("ck_rule_stage_another")
        ),
        sa.CheckConstraint(
            "also_approved_by <> written_by AND also_approved_by <> submitted_by AND also_approved_by <> approved_by",
            name=op.f("ck_rule_stage_a_third"),
        ),
    )
    in_service = sa.text(_IN_SERVICE)
    op.create_index(
        "uq_rule_stage_in_service",
        "rule_stage",
        ["account_id", "name"],
        unique=True,
        postgresql_where=in_service,
        sqlite_where=in_service,
    )
