"""What a template carries beside its text, and how many messages a page begins in a day."""

import sqlalchemy as sa
from alembic import op

from botapp.storage.times import Instant

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("template_version", sa.Column("parts", sa.Text))
    op.add_column("account", sa.Column("daily_cap", sa.Integer))
    op.add_column("account", sa.Column("daily_cap_at", Instant()))
    op.create_table(
        "proactive_day",
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("begun", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "since", name=op.f("pk_proactive_day")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_proactive_day_account_id")),
        sa.CheckConstraint("begun >= 0", name=op.f("ck_proactive_day_begun")),
    )
