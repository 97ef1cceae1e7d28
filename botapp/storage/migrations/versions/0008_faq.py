"""Questions, their answers, and what could not be answered."""

import sqlalchemy as sa
from alembic import op

from botapp.storage.times import Instant

revision = "0008"
down_revision = "0007"

_MESSAGE = "faq_version: versions are never edited"


def upgrade() -> None:
    op.create_table(
        "faq_version",
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "version", name=op.f("pk_faq_version")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_faq_version_account_id")),
        sa.UniqueConstraint("account_id", "content_hash", name=op.f("uq_faq_version_account_id_content_hash")),
    )
    op.create_table(
        "faq_model",
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("model", sa.LargeBinary, nullable=False),
        sa.Column("model_hash", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_faq_model")),
        sa.ForeignKeyConstraint(
            ["account_id", "version"],
            ["faq_version.account_id", "faq_version.version"],
            name=op.f("fk_faq_model_account_id_version"),
        ),
    )
    _create_questions()
    for when in ("UPDATE", "DELETE"):
        _forbid(when)


def _create_questions() -> None:
    op.create_table(
        "unanswered_question",
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("contact_id", sa.BigInteger, nullable=False),
        sa.Column("event_key", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("state", sa.Text, nullable=False, server_default="open"),
        sa.Column("entry", sa.Text),
        sa.PrimaryKeyConstraint("account_id", "contact_id", "event_key", name=op.f("pk_unanswered_question")),
        sa.ForeignKeyConstraint(
            ["account_id", "contact_id"],
            ["contact.account_id", "contact.id"],
            name=op.f("fk_unanswered_question_account_id_contact_id"),
        ),
        sa.CheckConstraint("state IN ('open', 'answered')", name=op.f("ck_unanswered_question_state")),
        sa.CheckConstraint("(state = 'answered') = (entry IS NOT NULL)", name=op.f("ck_unanswered_question_answered")),
    )
    is_open = sa.text("state = 'open'")
    op.create_index(
        "ix_unanswered_question_open",
        "unanswered_question",
        ["account_id", "asked_at"],
        postgresql_where=is_open,
        sqlite_where=is_open,
    )


def _forbid(when: str) -> None:
    name = f"faq_version_{when.lower()}_guard"
    if op.get_bind().dialect.name != "postgresql":
        op.execute(f"CREATE TRIGGER {name} BEFORE {when} ON faq_version BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END")
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{_MESSAGE}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE {when} ON faq_version FOR EACH ROW EXECUTE FUNCTION {name}()")
