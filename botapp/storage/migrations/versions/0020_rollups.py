"""Counts for the marketers' overview. They begin empty: the ticker counts the log from its first entry on."""

import sqlalchemy as sa
from alembic import op

from botapp.storage.times import Instant

revision = "0020"
down_revision = "0019"

_MEASURES = (
    "opened",
    "eligible",
    "planned",
    "messaged",
    "sent",
    "matured",
    "delivered",
    "seen",
    "replied",
    "pressed",
    "responded",
    "converted",
    "handed_over",
    "stopped",
    "muted",
    "complained",
    "blocked",
    "harmed",
    "ignored_twice",
    "held_out",
    "held_out_responded",
)


def upgrade() -> None:
    _create_counts()
    _create_followed()
    op.create_table(
        "plan_count",
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("hour", sa.Integer, nullable=False),
        sa.Column("plans", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "hour", name=op.f("pk_plan_count")),
    )


def _create_counts() -> None:
    op.create_table(
        "rollup",
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("split", sa.Text, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("bucket", sa.Text, nullable=False),
        sa.Column("rule_name", sa.Text, nullable=False),
        sa.Column("rule_version", sa.Integer, nullable=False),
        *(sa.Column(name, sa.BigInteger, nullable=False, server_default="0") for name in _MEASURES),
        sa.PrimaryKeyConstraint(
            "account_id", "split", "day", "bucket", "rule_name", "rule_version", name=op.f("pk_rollup")
        ),
        sa.CheckConstraint("split IN ('hour', 'language', 'intent', 'variant')", name=op.f("ck_rollup_split")),
    )
    op.create_table(
        "rollup_loss",
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("rule_name", sa.Text, nullable=False),
        sa.Column("rule_version", sa.Integer, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("windows", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint(
            "account_id", "day", "rule_name", "rule_version", "stage", "reason", name=op.f("pk_rollup_loss")
        ),
    )


def _create_followed() -> None:
    op.create_table(
        "rollup_contact",
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("contact_id", sa.BigInteger, nullable=False),
        sa.Column("next_look_at", Instant(), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "contact_id", name=op.f("pk_rollup_contact")),
    )
    op.create_index("ix_rollup_contact_next_look_at", "rollup_contact", ["next_look_at"])
    op.create_table(
        "rollup_progress",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("round", sa.BigInteger, nullable=False),
        sa.Column("taken", sa.BigInteger, nullable=False),
        sa.Column("clock", Instant(), nullable=False),
        sa.Column("plans_counted_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rollup_progress")),
        sa.CheckConstraint("id = 1", name=op.f("ck_rollup_progress_one_row")),
    )
    op.execute("INSERT INTO rollup_progress (id, round, taken, clock, plans_counted_at) VALUES (1, 0, 0, 0, 0)")
