"""Erasure: tombstones, requests of people about their data, and what may be forgotten."""

import sqlalchemy as sa
from alembic import op

from botapp.storage.times import Instant

revision = "0005"
down_revision = "0004"

_MONTH_MICROSECONDS = 30 * 24 * 3600 * 1_000_000
_CONSENT = (
    "account_id",
    "contact_id",
    "sequence",
    "purpose",
    "state",
    "method",
    "occurred_at",
    "recorded_at",
    "wording_version",
)


def upgrade() -> None:
    op.create_index(
        "ix_inbound_event_account_id_platform_contact_id", "inbound_event", ["account_id", "platform_contact_id"]
    )
    _create_tables()
    _recreate_requests()
    _guard_consent(postgresql=op.get_bind().dialect.name == "postgresql")


def _create_tables() -> None:
    op.create_table(
        "tombstone",
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("erased_at", Instant(), nullable=False),
        sa.Column("stopped_at", Instant()),
        sa.Column("notices_stopped_at", Instant()),
        sa.Column("muted_at", Instant()),
        sa.Column("muted_until", Instant()),
        sa.Column("refused_at", Instant()),
        sa.PrimaryKeyConstraint("account_id", "digest", name=op.f("pk_tombstone")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_tombstone_account_id")),
    )
    op.create_table(
        "retention",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("begun_at", Instant(), nullable=False),
        sa.Column("position", sa.Text),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_retention")),
    )


def _recreate_requests() -> None:
    """SQLite cannot change a constraint: the table is made anew, and its rows are carried over."""
    op.execute("CREATE TABLE privacy_request_before AS SELECT * FROM privacy_request")
    op.drop_table("privacy_request")
    op.create_table(
        "privacy_request",
        sa.Column("confirmation_code", sa.Text, nullable=False),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("account_id", sa.Integer),
        sa.Column("contact_id", sa.BigInteger),
        sa.Column("platform_person_id", sa.Text),
        sa.Column("issued_at", Instant()),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("state", sa.Text, nullable=False, server_default="open"),
        sa.Column("closed_at", Instant()),
        sa.PrimaryKeyConstraint("confirmation_code", name=op.f("pk_privacy_request")),
        sa.CheckConstraint("kind IN ('deletion', 'deauthorisation', 'access')", name=op.f("ck_privacy_request_kind")),
        sa.CheckConstraint("origin IN ('platform', 'chat', 'staff')", name=op.f("ck_privacy_request_origin")),
        sa.CheckConstraint("state IN ('open', 'done', 'nobody_known')", name=op.f("ck_privacy_request_state")),
        sa.CheckConstraint("(state = 'open') = (closed_at IS NULL)", name=op.f("ck_privacy_request_closed")),
    )
    op.execute(
        "INSERT INTO privacy_request (confirmation_code, platform, kind, origin, platform_person_id, issued_at,"  # noqa: S608  a number of ours
        " received_at, due_at, state, closed_at)"
        " SELECT confirmation_code, platform, kind, 'platform', platform_person_id, issued_at, received_at,"
        f" received_at + {_MONTH_MICROSECONDS}, CASE WHEN is_open THEN 'open' ELSE 'done' END,"
        " CASE WHEN is_open THEN NULL ELSE received_at END FROM privacy_request_before"
    )
    op.drop_table("privacy_request_before")
    is_open = sa.text("state = 'open'")
    in_chat = sa.text("state = 'open' AND origin = 'chat'")
    op.create_index(
        "ix_privacy_request_open",
        "privacy_request",
        ["due_at", "confirmation_code"],
        postgresql_where=is_open,
        sqlite_where=is_open,
    )
    op.create_index(
        "uq_privacy_request_open_in_chat",
        "privacy_request",
        ["account_id", "contact_id", "kind"],
        unique=True,
        postgresql_where=in_chat,
        sqlite_where=in_chat,
    )
    op.create_index(
        "ix_privacy_request_received_at_confirmation_code", "privacy_request", ["received_at", "confirmation_code"]
    )


def _guard_consent(*, postgresql: bool) -> None:
    """A record of consent may change in one way only: what it hides is erased."""
    same = "IS NOT DISTINCT FROM" if postgresql else "IS"
    are_kept = " AND ".join(f"OLD.{column} {same} NEW.{column}" for column in _CONSENT)
    allowed = f"{are_kept} AND NEW.evidence_key IS NULL AND NEW.language IS NULL"
    name, on = "consent_record_update_guard", "BEFORE UPDATE ON consent_record"
    if postgresql:
        op.execute(f"DROP TRIGGER {name} ON consent_record")
        op.execute(f"CREATE TRIGGER {name} {on} FOR EACH ROW WHEN (NOT ({allowed})) EXECUTE FUNCTION {name}()")
        return
    op.execute(f"DROP TRIGGER {name}")
    message = "consent_record: no such update"
    op.execute(f"CREATE TRIGGER {name} {on} WHEN NOT ({allowed}) BEGIN SELECT RAISE(ABORT, '{message}'); END")
