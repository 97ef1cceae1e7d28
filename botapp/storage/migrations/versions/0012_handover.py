"""People who answer: the queue, and the words that they keep ready."""

import sqlalchemy as sa
from alembic import op

from botapp.storage.times import Instant

revision = "0012"
down_revision = "0011"

_OPEN = "state IN ('queued', 'claimed', 'passing', 'passed', 'taking')"


def upgrade() -> None:
    op.add_column("account", sa.Column("handover", sa.Text, nullable=False, server_default="inbox"))
    _create_handover()
    op.create_table(
        "canned_answer",
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "language", "name", name=op.f("pk_canned_answer")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_canned_answer_account_id")),
    )


def _create_handover() -> None:
    op.create_table(
        "handover",
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("contact_id", sa.BigInteger, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("requested_at", Instant(), nullable=False),
        sa.Column("staff_id", sa.BigInteger),
        sa.Column("claimed_at", Instant()),
        sa.Column("answered_at", Instant()),
        sa.Column("late_at", Instant()),
        sa.Column("not_before", Instant(), nullable=False),
        sa.Column("leased_until", Instant()),
        sa.Column("ended_at", Instant()),
        sa.Column("outcome", sa.Text),
        sa.PrimaryKeyConstraint("account_id", "contact_id", "number", name=op.f("pk_handover")),
        sa.ForeignKeyConstraint(
            ["account_id", "contact_id"],
            ["contact.account_id", "contact.id"],
            name=op.f("fk_handover_account_id_contact_id"),
        ),
        sa.CheckConstraint(
            "state IN ('queued', 'claimed', 'passing', 'passed', 'taking', 'handed_back', 'closed')",
            name=op.f("ck_handover_state"),
        ),
        sa.CheckConstraint(
            "state <> 'claimed' OR (staff_id IS NOT NULL AND claimed_at IS NOT NULL)",
            name=op.f("ck_handover_claimed"),
        ),
        sa.CheckConstraint(
            "(state IN ('handed_back', 'closed')) = (ended_at IS NOT NULL AND outcome IS NOT NULL)",
            name=op.f("ck_handover_ended"),
        ),
    )
    is_open = sa.text(_OPEN)
    op.create_index(
        "uq_handover_open",
        "handover",
        ["account_id", "contact_id"],
        unique=True,
        postgresql_where=is_open,
        sqlite_where=is_open,
    )
    op.create_index("ix_handover_waiting", "handover", ["requested_at"], postgresql_where=is_open, sqlite_where=is_open)
    op.create_index("ix_handover_account_id_outcome_ended_at", "handover", ["account_id", "outcome", "ended_at"])
