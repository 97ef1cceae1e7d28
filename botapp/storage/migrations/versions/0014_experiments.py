"""Variants, outcomes and guards."""

import sqlalchemy as sa
from alembic import op

from botapp.storage.times import Duration, Instant

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("reengagement", sa.Column("variant", sa.Text))
    _create_observed_send()
    _create_counts()
    _create_rule_guard()


def _create_observed_send() -> None:
    op.create_table(
        "observed_send",
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("contact_id", sa.BigInteger, nullable=False),
        sa.Column("silence_at", Instant(), nullable=False),
        sa.Column("rule_name", sa.Text, nullable=False),
        sa.Column("rule_version", sa.Integer, nullable=False),
        sa.Column("variant", sa.Text, nullable=False),
        sa.Column("is_held_out", sa.Boolean, nullable=False),
        sa.Column("begun_at", Instant(), nullable=False),
        sa.Column("window_length", Duration(), nullable=False),
        sa.Column("was_ignored_before", sa.Boolean, nullable=False),
        sa.Column("is_sent", sa.Boolean, nullable=False),
        sa.Column("is_matured", sa.Boolean, nullable=False),
        sa.Column("seen", sa.Text, nullable=False),
        sa.Column("next_look_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "contact_id", "silence_at", name=op.f("pk_observed_send")),
    )
    op.create_index("ix_observed_send_next_look_at", "observed_send", ["next_look_at"])


def _create_counts() -> None:
    op.create_table(
        "outcome_count",
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("rule_name", sa.Text, nullable=False),
        sa.Column("rule_version", sa.Integer, nullable=False),
        sa.Column("variant", sa.Text, nullable=False),
        sa.Column("is_held_out", sa.Boolean, nullable=False),
        sa.Column("measure", sa.Text, nullable=False),
        sa.Column("sends", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint(
            "account_id",
            "rule_name",
            "rule_version",
            "variant",
            "is_held_out",
            "measure",
            name=op.f("pk_outcome_count"),
        ),
    )
    op.create_table(
        "outcome_progress",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("taken", sa.BigInteger, nullable=False),
        sa.Column("clock", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcome_progress")),
        sa.CheckConstraint("id = 1", name=op.f("ck_outcome_progress_one_row")),
    )
    op.execute("INSERT INTO outcome_progress (id, taken, clock) VALUES (1, 0, 0)")


def _create_rule_guard() -> None:
    op.create_table(
        "rule_guard",
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("rule_name", sa.Text, nullable=False),
        sa.Column("rule_version", sa.Integer, nullable=False),
        sa.Column("variant", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("paused_at", Instant(), nullable=False),
        sa.Column("resumed_at", Instant()),
        sa.Column("known_sends", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("known_responses", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("known_harms", sa.BigInteger, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("account_id", "rule_name", "rule_version", "variant", name=op.f("pk_rule_guard")),
        sa.ForeignKeyConstraint(
            ["account_id", "rule_name", "rule_version"],
            ["rule_version.account_id", "rule_version.name", "rule_version.version"],
            name=op.f("fk_rule_guard_account_id_rule_name_rule_version"),
        ),
        sa.CheckConstraint("state IN ('paused', 'resumed')", name=op.f("ck_rule_guard_state")),
        sa.CheckConstraint("(state = 'resumed') = (resumed_at IS NOT NULL)", name=op.f("ck_rule_guard_resumed")),
    )
