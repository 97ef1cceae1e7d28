"""Counts of the overview by the day of UTC beside those by the hour, filled from them: nothing is counted again."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

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
    op.create_table(
        "rollup_day",
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("split", sa.Text, nullable=False),
        sa.Column("hour", sa.Integer, nullable=False),
        sa.Column("bucket", sa.Text, nullable=False),
        sa.Column("rule_name", sa.Text, nullable=False),
        sa.Column("rule_version", sa.Integer, nullable=False),
        *(sa.Column(name, sa.BigInteger, nullable=False, server_default="0") for name in _MEASURES),
        sa.PrimaryKeyConstraint(
            "account_id", "split", "hour", "bucket", "rule_name", "rule_version", name=op.f("pk_rollup_day")
        ),
        sa.CheckConstraint("split IN ('language', 'intent', 'variant')", name=op.f("ck_rollup_day_split")),
        sa.CheckConstraint("hour % 24 = 0", name=op.f("ck_rollup_day_hour")),
    )
    op.create_table(
        "rollup_loss_day",
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("hour", sa.Integer, nullable=False),
        sa.Column("rule_name", sa.Text, nullable=False),
        sa.Column("rule_version", sa.Integer, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("windows", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint(
            "account_id", "hour", "rule_name", "rule_version", "stage", "reason", name=op.f("pk_rollup_loss_day")
        ),
        sa.CheckConstraint("hour % 24 = 0", name=op.f("ck_rollup_loss_day_hour")),
    )
    _fill("rollup", ("account_id", "split"), ("bucket", "rule_name", "rule_version"), _MEASURES)
    _fill("rollup_loss", ("account_id",), ("rule_name", "rule_version", "stage", "reason"), ("windows",))


def _fill(hours: str, before: tuple[str, ...], after: tuple[str, ...], numbers: tuple[str, ...]) -> None:
    day = "hour / 24 * 24"
    sums = (f"CAST(sum({name}) AS bigint)" for name in numbers)
    op.execute(
        f"INSERT INTO {hours}_day ({', '.join((*before, 'hour', *after, *numbers))})"  # noqa: S608  names are ours
        f" SELECT {', '.join((*before, day, *after, *sums))} FROM {hours}"
        f" GROUP BY {', '.join((*before, day, *after))}"
    )
