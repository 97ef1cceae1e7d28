"""What the compliance desk looks up: numbers of each kind and reason by day, and the checks of the live log.

The indexes hold sealed entries only, so that writing an entry costs no more for them; sealing it does.
"""

import sqlalchemy as sa
from alembic import op

from botapp.storage.times import Instant

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    _index("ix_ledger_entry_kind", ["account_id", "kind", "leaf_index"], "leaf_index IS NOT NULL")
    _index(
        "ix_ledger_entry_reason",
        ["account_id", "reason", "kind", "leaf_index"],
        "reason IS NOT NULL AND leaf_index IS NOT NULL",
    )
    op.create_table(
        "entry_tally",
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("entries", sa.BigInteger, nullable=False),
        sa.Column("first_index", sa.BigInteger, nullable=False),
        sa.Column("last_index", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "day", "kind", "reason", name=op.f("pk_entry_tally")),
    )
    op.create_table(
        "tally_progress",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("counted", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tally_progress")),
        sa.CheckConstraint("id = 1", name=op.f("ck_tally_progress_one_row")),
    )
    op.execute("INSERT INTO tally_progress (id, counted) VALUES (1, 0)")
    op.create_table(
        "log_check",
        sa.Column("id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("started_by", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("checked", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("entries", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("heard_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant()),
        sa.Column("finding", sa.Text),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_check")),
        sa.CheckConstraint("state IN ('running', 'holds', 'broken', 'stopped')", name=op.f("ck_log_check_state")),
    )
    op.create_index("ix_log_check_started_at", "log_check", ["started_at"])
    _index("uq_log_check_running", ["state"], "state = 'running'", table="log_check", unique=True)


def _index(name: str, columns: list[str], where: str, *, table: str = "ledger_entry", unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=unique, postgresql_where=condition, sqlite_where=condition)
