"""Staff members, their sessions and invitations."""

import sqlalchemy as sa
from alembic import op

from botapp.storage.times import Instant

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "staff",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text()),
        sa.Column("totp_secret_encrypted", sa.Text()),
        sa.Column("totp_step", sa.BigInteger()),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant()),
        sa.UniqueConstraint("name", name=op.f("uq_staff_name")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
    )
    op.create_table(
        "staff_grant",
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("staff_id", "account_id", "role", name=op.f("pk_staff_grant")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_grant_staff_id")),
        sa.CheckConstraint(
            "role IN ('auditor', 'marketer', 'approver', 'operator', 'admin')", name=op.f("ck_staff_grant_role")
        ),
    )
    op.create_table(
        "staff_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant()),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_session_token_hash")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_session_staff_id")),
        sa.CheckConstraint("stage IN ('second_factor', 'enrolment', 'open')", name=op.f("ck_staff_session_stage")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_session")),
    )
    op.create_table(
        "staff_invitation",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("used_at", Instant()),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_invitation_staff_id")),
        sa.CheckConstraint("purpose IN ('invitation', 'log_in')", name=op.f("ck_staff_invitation_purpose")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_staff_invitation")),
    )
    op.create_table(
        "staff_recovery_code",
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("staff_id", "code_hash", name=op.f("pk_staff_recovery_code")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_recovery_code_staff_id")),
    )
    op.create_table(
        "log_in_delay",
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failed_at", Instant(), nullable=False),
        sa.Column("free_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", name=op.f("pk_log_in_delay")),
    )
    op.create_table(
        "log_in_refusal",
        sa.Column("staff_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("refusals", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_log_in_refusal")),
    )
    op.create_index("ix_staff_session_staff_id", "staff_session", ["staff_id"])
    op.create_index("ix_staff_session_seen_at", "staff_session", ["seen_at"])
    op.create_index("ix_staff_invitation_staff_id", "staff_invitation", ["staff_id"])
    op.create_index("ix_log_in_delay_failed_at", "log_in_delay", ["failed_at"])
