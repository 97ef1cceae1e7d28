"""Subscriptions to outgoing webhooks, and their outbox; whether a page asks if its answers helped."""

import sqlalchemy as sa
from alembic import op

from botapp.storage.times import Instant

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column("account", sa.Column("satisfaction", sa.Text, nullable=False, server_default="off"))
    _create_webhook()
    _create_delivery()


def _create_webhook() -> None:
    op.create_table(
        "webhook",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("event_types", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("secret_encrypted", sa.Text, nullable=False),
        sa.Column("former_secret_encrypted", sa.Text),
        sa.Column("former_secret_until", Instant()),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("delivered_at", Instant()),
        sa.Column("failed_at", Instant()),
        sa.Column("failure", sa.Text),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
        sa.UniqueConstraint("account_id", "name", name=op.f("uq_webhook_account_id_name")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_webhook_account_id")),
        sa.CheckConstraint("state IN ('active', 'paused', 'ended')", name=op.f("ck_webhook_state")),
        sa.CheckConstraint("(state = 'ended') = (reason IS NOT NULL)", name=op.f("ck_webhook_reason")),
        sa.CheckConstraint(
            "(former_secret_encrypted IS NULL) = (former_secret_until IS NULL)",
            name=op.f("ck_webhook_former_secret"),
        ),
    )


def _create_delivery() -> None:
    op.create_table(
        "webhook_delivery",
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("webhook_id", sa.Integer, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("event_type", sa.Text, nullable=False),
        sa.Column("contact_id", sa.BigInteger, nullable=False),
        sa.Column("occurred_at", Instant(), nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("next_try_at", Instant(), nullable=False),
        sa.Column("give_up_at", Instant(), nullable=False),
        sa.Column("tried_at", Instant()),
        sa.Column("outcome", sa.Text),
        sa.PrimaryKeyConstraint("account_id", "webhook_id", "event_id", name=op.f("pk_webhook_delivery")),
        sa.CheckConstraint("state IN ('pending', 'delivered', 'dead')", name=op.f("ck_webhook_delivery_state")),
    )
    pending = sa.text("state = 'pending'")
    op.create_index(
        "ix_webhook_delivery_pending",
        "webhook_delivery",
        ["account_id", "webhook_id", "next_try_at"],
        postgresql_where=pending,
        sqlite_where=pending,
    )
    op.create_index("ix_webhook_delivery_newest", "webhook_delivery", ["account_id", "webhook_id", "occurred_at"])
    op.create_index("ix_webhook_delivery_give_up_at", "webhook_delivery", ["give_up_at"])
