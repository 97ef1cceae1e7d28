"""Counts of the overview by the hour of UTC, for each page's own days. The ticker counts the log once more.

What was kept by whole days cannot be told apart into hours; all of it can be counted again from the log.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

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
    "satisfied",
    "dissatisfied",
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
    op.drop_table("rollup")
    op.drop_table("rollup_loss")
    op.create_table(
        "rollup",
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("split", sa.Text, nullable=False),
        sa.Column("hour", sa.Integer, nullable=False),
        sa.Column("bucket", sa.Text, nullable=False),
        sa.Column("rule_name", sa.Text, nullable=False),
        sa.Column("rule_version", sa.Integer, nullable=False),
        *(sa.Column(name, sa.BigInteger, nullable=False, server_default="0") for name in _MEASURES),
        sa.PrimaryKeyConstraint(
            "account_id", "split", "hour", "bucket", "rule_name", "rule_version", name=op.f("pk_rollup")
        ),
        sa.CheckConstraint("split IN ('language', 'intent', 'variant')", name=op.f("ck_rollup_split")),
    )
    op.create_table(
        "rollup_loss",
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("hour", sa.Integer, nullable=False),
        sa.Column("rule_name", sa.Text, nullable=False),
        sa.Column("rule_version", sa.Integer, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("windows", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint(
            "account_id", "hour", "rule_name", "rule_version", "stage", "reason", name=op.f("pk_rollup_loss")
        ),
    )
    op.execute("DELETE FROM rollup_contact")
    op.execute("UPDATE rollup_progress SET round = round + 1, taken = 0, clock = 0")
