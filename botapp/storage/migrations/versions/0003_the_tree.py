"""The tree over the ledger: its leaves, inner nodes, checkpoints, and the secrets that entries are committed with.

An entry may change in two ways only: it is given its place in the tree, and later what it hides may be erased.
"""

import sqlalchemy as sa
from alembic import op

from botapp.storage.times import Instant

revision = "0003"
down_revision = "0002"

_FACTS = (
    "account_id",
    "contact_id",
    "sequence",
    "kind",
    "occurred_at",
    "recorded_at",
    "reason",
    "subject_at",
    "details",
)
_HIDDEN = ("evidence_key", "private")
_SEAL = ("leaf_index", "leaf_hash", "commitment")


def upgrade() -> None:
    for column in ("private", "leaf_hash", "commitment"):
        op.add_column("ledger_entry", sa.Column(column, sa.Text))
    op.add_column("ledger_entry", sa.Column("leaf_index", sa.BigInteger))
    _create_tables()
    _create_indexes()
    op.execute("INSERT INTO tree (id, size, frontier) VALUES (1, 0, '')")
    _guard_entries(postgresql=op.get_bind().dialect.name == "postgresql")


def _create_tables() -> None:
    op.create_table(
        "contact_secret",
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("contact_id", sa.BigInteger, nullable=False),
        sa.Column("secret", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "contact_id", name=op.f("pk_contact_secret")),
    )
    op.create_table(
        "tree",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("frontier", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tree")),
        sa.CheckConstraint("id = 1", name=op.f("ck_tree_one_row")),
    )
    op.create_table(
        "tree_node",
        sa.Column("level", sa.Integer, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("level", "position", name=op.f("pk_tree_node")),
    )
    op.create_table(
        "checkpoint",
        sa.Column("size", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("root", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("sealed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_checkpoint")),
    )
    op.create_table(
        "log_duty",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger),
        sa.Column("done_at", Instant()),
        sa.Column("tried_at", Instant(), nullable=False),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("failing_since", Instant()),
        sa.Column("failure", sa.Text),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_log_duty")),
    )


def _create_indexes() -> None:
    op.create_index("uq_ledger_entry_leaf_index", "ledger_entry", ["leaf_index"], unique=True)
    unsealed = sa.text("leaf_index IS NULL")
    op.create_index(
        "ix_ledger_entry_unsealed",
        "ledger_entry",
        ["account_id", "contact_id", "sequence"],
        postgresql_where=unsealed,
        sqlite_where=unsealed,
    )
    op.create_index("ix_checkpoint_sealed_at", "checkpoint", ["sealed_at"])


def _guard_entries(*, postgresql: bool) -> None:
    same = "IS NOT DISTINCT FROM" if postgresql else "IS"

    def are_kept(columns: tuple[str, ...]) -> str:
        return " AND ".join(f"OLD.{column} {same} NEW.{column}" for column in columns)

    is_whole = "NEW.leaf_index IS NOT NULL AND NEW.leaf_hash IS NOT NULL"
    is_sealed_now = f"OLD.leaf_index IS NULL AND {is_whole} AND {are_kept(_HIDDEN)}"
    is_erased = f"OLD.leaf_index IS NOT NULL AND {are_kept(_SEAL)} AND NEW.evidence_key IS NULL AND NEW.private IS NULL"
    allowed = f"{are_kept(_FACTS)} AND (({is_sealed_now}) OR ({is_erased}))"
    name, on = "ledger_entry_update_guard", "BEFORE UPDATE ON ledger_entry"
    if postgresql:
        op.execute(f"DROP TRIGGER {name} ON ledger_entry")
        op.execute(f"CREATE TRIGGER {name} {on} FOR EACH ROW WHEN (NOT ({allowed})) EXECUTE FUNCTION {name}()")
    else:
        op.execute(f"DROP TRIGGER {name}")
        message = "ledger_entry: no such update"
        op.execute(f"CREATE TRIGGER {name} {on} WHEN NOT ({allowed}) BEGIN SELECT RAISE(ABORT, '{message}'); END")
    for table, when in (
        ("tree_node", "UPDATE"),
        ("tree_node", "DELETE"),
        ("checkpoint", "UPDATE"),
        ("checkpoint", "DELETE"),
        ("tree", "DELETE"),
    ):
        _forbid(table, when, postgresql=postgresql)


def _forbid(table: str, change: str, *, postgresql: bool) -> None:
    name, message = f"{table}_{change.lower()}_guard", f"{table}: no such {change.lower()}"
    if not postgresql:
        op.execute(f"CREATE TRIGGER {name} BEFORE {change} ON {table} BEGIN SELECT RAISE(ABORT, '{message}'); END")
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE {change} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
    if change == "DELETE":
        op.execute(f"CREATE TRIGGER {table}_truncate_guard BEFORE TRUNCATE ON {table} EXECUTE FUNCTION {name}()")
