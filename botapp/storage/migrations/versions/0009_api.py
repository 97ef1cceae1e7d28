"""Keys of the API, what the business's own systems tell, catalogues, and what makes a re-engagement void."""

import sqlalchemy as sa
from alembic import op

from botapp.storage.times import Instant

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("fact", sa.Column("confidence_percent", sa.Integer, nullable=False, server_default="100"))
    op.add_column("contact", sa.Column("converted_at", Instant()))
    op.add_column("contact", sa.Column("answered_at", Instant()))
    op.add_column("account", sa.Column("conversion_voids", sa.Text, nullable=False, server_default="conversation"))
    op.add_column("account", sa.Column("answer_voids", sa.Text, nullable=False, server_default="silence"))
    op.add_column("account", sa.Column("catalogue_generation", sa.Integer, nullable=False, server_default="0"))
    op.create_table(
        "api_key",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("token_hash", sa.Text, nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_key_token_hash")),
        sa.UniqueConstraint("name", name=op.f("uq_api_key_name")),
    )
    op.create_table(
        "api_request",
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("key_id", sa.Integer, nullable=False),
        sa.Column("idempotency_key", sa.Text, nullable=False),
        sa.Column("request_hash", sa.Text, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "key_id", "idempotency_key", name=op.f("pk_api_request")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_api_request_account_id")),
        sa.ForeignKeyConstraint(["key_id"], ["api_key.id"], name=op.f("fk_api_request_key_id")),
    )
    op.create_table(
        "conversion",
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("contact_id", sa.BigInteger, nullable=False),
        sa.Column("conversion_key", sa.Text, nullable=False),
        sa.Column("order_id", sa.Text),
        sa.Column("value_micros", sa.BigInteger),
        sa.Column("currency", sa.Text),
        sa.Column("occurred_at", Instant(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "contact_id", "conversion_key", name=op.f("pk_conversion")),
        sa.ForeignKeyConstraint(
            ["account_id", "contact_id"],
            ["contact.account_id", "contact.id"],
            name=op.f("fk_conversion_account_id_contact_id"),
        ),
        sa.CheckConstraint("(value_micros IS NULL) = (currency IS NULL)", name=op.f("ck_conversion_currency")),
    )
    op.create_index("ix_conversion_account_id_occurred_at", "conversion", ["account_id", "occurred_at"])
    op.create_table(
        "catalogue",
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("applied_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_catalogue")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_catalogue_account_id")),
    )
