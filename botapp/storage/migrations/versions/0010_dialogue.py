"""What a dialogue has to remember: a page's own texts, what an answer was about, and how far a long one has come."""

import sqlalchemy as sa
from alembic import op

from botapp.storage.times import Instant

revision = "0010"
down_revision = "0009"

_MESSAGE = "texts_version: versions are never edited"


def upgrade() -> None:
    op.create_table(
        "texts_version",
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "version", name=op.f("pk_texts_version")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_texts_version_account_id")),
        sa.UniqueConstraint("account_id", "content_hash", name=op.f("uq_texts_version_account_id_content_hash")),
    )
    op.add_column("account", sa.Column("texts_version", sa.Integer))
    op.add_column("reply", sa.Column("about", sa.Text))
    op.add_column("reply", sa.Column("part", sa.Integer, nullable=False, server_default="0"))
    op.add_column("reply", sa.Column("parts", sa.Integer, nullable=False, server_default="1"))
    for when in ("UPDATE", "DELETE"):
        _forbid(when)


def _forbid(when: str) -> None:
    name = f"texts_version_{when.lower()}_guard"
    if op.get_bind().dialect.name != "postgresql":
        op.execute(f"CREATE TRIGGER {name} BEFORE {when} ON texts_version BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END")
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{_MESSAGE}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE {when} ON texts_version FOR EACH ROW EXECUTE FUNCTION {name}()")
