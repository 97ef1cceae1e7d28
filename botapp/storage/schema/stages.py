"""How far each version of a template or rule has come, and by whom: nobody approves their own, whatever code says."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    false,
    text,
)

from botapp.storage.schema.base import metadata
from botapp.storage.times import Instant

_IN_SERVICE = "stage IN ('live', 'paused')"


def _stages_of(kind: str) -> Table:
    """Beside the versions of that kind, which are never changed."""
    return Table(
        f"{kind}_stage",
        metadata,
        Column("account_id", Integer, nullable=False),
        Column("name", Text, nullable=False),
        Column("version", Integer, nullable=False),
        Column("stage", Text, nullable=False),
        # Staff, by their numbers. None: at the command line, without a name.
        Column("written_by", BigInteger),
        Column("submitted_by", BigInteger),
        Column("approved_by", BigInteger),
        Column("also_approved_by", BigInteger),
        Column("paused_by", BigInteger),
        Column("by_command", Boolean, nullable=False, server_default=false()),  # put live there, without approval
        Column("changed_at", Instant, nullable=False),
        PrimaryKeyConstraint("account_id", "name", "version"),
        ForeignKeyConstraint(
            ["account_id", "name", "version"],
            [f"{kind}_version.account_id", f"{kind}_version.name", f"{kind}_version.version"],
        ),
        CheckConstraint("stage IN ('draft', 'in_review', 'approved', 'live', 'paused', 'retired')", name="stage"),
        CheckConstraint(
            "stage IN ('draft', 'in_review', 'retired') OR approved_by IS NOT NULL OR by_command", name="seen"
        ),
        CheckConstraint("approved_by <> written_by AND approved_by <> submitted_by", name="another"),
        CheckConstraint(
            "also_approved_by <> written_by AND also_approved_by <> submitted_by AND also_approved_by <> approved_by",
            name="a_third",
        ),
        Index(
            f"uq_{kind}_stage_in_service",
            "account_id",
            "name",
            unique=True,
            postgresql_where=text(_IN_SERVICE),
            sqlite_where=text(_IN_SERVICE),
        ),
    )


template_stage = _stages_of("template")
rule_stage = _stages_of("rule")
