"""The log, its tree, and what is counted of it."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, PrimaryKeyConstraint, Table, Text, text

from botapp.storage.schema.base import metadata
from botapp.storage.times import Instant

ledger_entry = Table(
    "ledger_entry",
    metadata,
    Column("account_id", Integer, nullable=False),  # 0: the installation itself
    Column("contact_id", BigInteger, nullable=False),  # 0: the page itself
    Column("sequence", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("occurred_at", Instant),
    Column("recorded_at", Instant, nullable=False),
    Column("reason", Text),
    Column("evidence_key", Text),
    Column("subject_at", Instant),  # the interaction_at of the re-engagement concerned
    Column("details", Text, nullable=False, server_default="{}"),  # JSON, no personal text
    Column("private", Text),  # JSON; with the evidence key, what is committed to and not shown; erased with the contact
    Column("leaf_index", BigInteger),  # the place in the tree, once sealed
    Column("leaf_hash", Text),
    Column("commitment", Text),
    PrimaryKeyConstraint("account_id", "contact_id", "sequence"),
    CheckConstraint("sequence > 0", name="sequence"),
    Index("uq_ledger_entry_leaf_index", "leaf_index", unique=True),
    Index(
        "ix_ledger_entry_unsealed",
        "account_id",
        "contact_id",
        "sequence",
        postgresql_where=text("leaf_index IS NULL"),
        sqlite_where=text("leaf_index IS NULL"),
    ),
    # For the desk's searches. Of sealed entries only: writing an entry costs no more for them, sealing it does.
    Index(
        "ix_ledger_entry_kind",
        "account_id",
        "kind",
        "leaf_index",
        postgresql_where=text("leaf_index IS NOT NULL"),
        sqlite_where=text("leaf_index IS NOT NULL"),
    ),
    Index(
        "ix_ledger_entry_reason",
        "account_id",
        "reason",
        "kind",
        "leaf_index",
        postgresql_where=text("reason IS NOT NULL AND leaf_index IS NOT NULL"),
        sqlite_where=text("reason IS NOT NULL AND leaf_index IS NOT NULL"),
    ),
)

# Kept apart from the entries: without its secret, what an entry commits to cannot be told any more.
contact_secret = Table(
    "contact_secret",
    metadata,
    Column("account_id", Integer, nullable=False),
    Column("contact_id", BigInteger, nullable=False),  # 0: the page itself
    Column("secret", Text, nullable=False),  # hexadecimal
    PrimaryKeyConstraint("account_id", "contact_id"),
)

# One row: the sealer's lock, and the tree as it has sealed it.
tree = Table(
    "tree",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
    Column("frontier", Text, nullable=False),  # hashes in hexadecimal, the largest subtree first
    CheckConstraint("id = 1", name="one_row"),
)

# Complete subtrees of 256 leaves, of 256 of those, …; the rest of the tree is made of these and the leaves.
tree_node = Table(
    "tree_node",
    metadata,
    Column("level", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("hash", Text, nullable=False),
    PrimaryKeyConstraint("level", "position"),
)

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("root", Text, nullable=False),
    Column("note", Text, nullable=False),  # signed
    Column("sealed_at", Instant, nullable=False),
    Index(None, "sealed_at"),
)

# How signing stands, and publishing in each place.
log_duty = Table(
    "log_duty",
    metadata,
    Column("name", Text, primary_key=True),
    Column("size", BigInteger),  # of the last checkpoint for which it was done
    Column("done_at", Instant),
    Column("tried_at", Instant, nullable=False),
    Column("failures", Integer, nullable=False, server_default="0"),  # in a row
    Column("failing_since", Instant),
    Column("failure", Text),
)

# How many sealed entries there are of each kind and reason, and between which places of the tree they lie.
entry_tally = Table(
    "entry_tally",
    metadata,
    Column("account_id", Integer, nullable=False),
    Column("day", Integer, nullable=False),  # days since 1970 UTC; 0: all days together
    Column("kind", Text, nullable=False),
    Column("reason", Text, nullable=False),  # empty: none
    Column("entries", BigInteger, nullable=False),
    Column("first_index", BigInteger, nullable=False),
    Column("last_index", BigInteger, nullable=False),
    PrimaryKeyConstraint("account_id", "day", "kind", "reason"),
)

tally_progress = Table(
    "tally_progress",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("counted", BigInteger, nullable=False),  # entries from the first one on
    CheckConstraint("id = 1", name="one_row"),
)

log_check = Table(
    "log_check",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("started_at", Instant, nullable=False),
    Column("started_by", BigInteger, nullable=False),  # a staff member's id
    Column("state", Text, nullable=False),
    Column("checked", BigInteger, nullable=False, server_default="0"),
    Column("entries", BigInteger, nullable=False, server_default="0"),
    Column("heard_at", Instant, nullable=False),  # of the process that checks
    Column("finished_at", Instant),
    Column("finding", Text),
    CheckConstraint("state IN ('running', 'holds', 'broken', 'stopped')", name="state"),
    Index(None, "started_at"),
    Index(
        "uq_log_check_running",
        "state",
        unique=True,
        postgresql_where=text("state = 'running'"),
        sqlite_where=text("state = 'running'"),
    ),
)
