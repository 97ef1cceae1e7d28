"""Templates from draft to live, and who approved them."""

import sqlalchemy as sa
from alembic import op

from botapp.storage.times import Instant

revision = "0013"
down_revision = "0012"

_IN_SERVICE = "stage IN ('live', 'paused')"


def upgrade() -> None:
    op.add_column("account", sa.Column("approvals", sa.Integer, nullable=False, server_default="1"))
    op.add_column("account", sa.Column("mode", sa.Text, nullable=False, server_default="live"))
    op.add_column("account", sa.Column("live_asked_by", sa.BigInteger))
    op.add_column("contact", sa.Column("staff_id", sa.BigInteger))
    of_staff = sa.text("staff_id IS NOT NULL")
    op.create_index(
        "ix_contact_of_staff",
        "contact",
        ["account_id", "staff_id"],
        postgresql_where=of_staff,
        sqlite_where=of_staff,
    )
    _create_stages()
    # What there was came by the command line. Of the versions that are not live nobody knows whether they were.
    op.execute(
        "INSERT INTO template_stage (account_id, name, version, stage, by_command, changed_at)"
        " SELECT v.account_id, v.name, v.version,"
        " CASE WHEN t.live_version = v.version THEN 'live' ELSE 'retired' END,"
        " t.live_version IS NOT NULL AND t.live_version = v.version, v.created_at FROM template_version v"
        " LEFT JOIN template t ON t.account_id = v.account_id AND t.name = v.name"
    )


def _create_stages() -> None:
    op.create_table(
        "template_stage",
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("written_by", sa.BigInteger),
        sa.Column("submitted_by", sa.BigInteger),
        sa.Column("approved_by", sa.BigInteger),
        sa.Column("also_approved_by", sa.BigInteger),
        sa.Column("paused_by", sa.BigInteger),
        sa.Column("by_command", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "name", "version", name=op.f("pk_template_stage")),
        sa.ForeignKeyConstraint(
            ["account_id", "name", "version"],
            ["template_version.account_id", "template_version.name", "template_version.version"],
            name=op.f("fk_template_stage_account_id_name_version"),
        ),
        sa.CheckConstraint(
            "stage IN ('draft', 'in_review', 'approved', 'live', 'paused', 'retired')",
            name=op.f("ck_template_stage_stage"),
        ),
        sa.CheckConstraint(
            "stage IN ('draft', 'in_review', 'retired') OR approved_by IS NOT NULL OR by_command",
            name=op.f("ck_template_stage_seen"),
        ),
        sa.CheckConstraint(
            "approved_by <> written_by AND approved_by <> submitted_by", name=op.f("ck_template_stage_another")
        ),
        sa.CheckConstraint(
            "also_approved_by <> written_by AND also_approved_by <> submitted_by AND also_approved_by <> approved_by",
            name=op.f("ck_template_stage_a_third"),
        ),
    )
    in_service = sa.text(_IN_SERVICE)
    op.create_index(
        "uq_template_stage_in_service",
        "template_stage",
        ["account_id", "name"],
        unique=True,
        postgresql_where=in_service,
        sqlite_where=in_service,
    )
