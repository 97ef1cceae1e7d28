"""What a plan is worth beside others, and forecasts and backtests as jobs."""

import sqlalchemy as sa
from alembic import op

from botapp.storage.times import Instant

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.add_column("reengagement", sa.Column("worth", sa.Integer, nullable=False, server_default="0"))
    op.create_table(
        "rehearsal",
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("id", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("campaign", sa.Text),
        sa.Column("since", Instant()),
        sa.Column("until", Instant(), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("asked_by", sa.BigInteger),
        sa.Column("heard_at", Instant()),
        sa.Column("holder", sa.Text),
        sa.Column("done", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("contacts", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("finished_at", Instant()),
        sa.Column("result", sa.Text),
        sa.Column("fault", sa.Text),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_rehearsal")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_rehearsal_account_id")),
        sa.CheckConstraint("kind IN ('forecast', 'backtest')", name=op.f("ck_rehearsal_kind")),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'cancelled', 'failed')", name=op.f("ck_rehearsal_state")
        ),
        sa.CheckConstraint(
            "(state IN ('waiting', 'running')) = (finished_at IS NULL)", name=op.f("ck_rehearsal_finished")
        ),
        sa.CheckConstraint("(state = 'done') = (result IS NOT NULL)", name=op.f("ck_rehearsal_result")),
    )
    op.create_index("ix_rehearsal_asked_at", "rehearsal", ["asked_at"])
