"""What came of sends, counted, and what the guards have paused."""

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
)

from botapp.storage.schema.base import metadata
from botapp.storage.times import Duration, Instant

# The sends to which something may still be put down. Told by the log, like the counts: nothing here could not be told
# again. Like the log's own tables they refer to no other: what counts must not wait for those who send.
observed_send = Table(
    "observed_send",
    metadata,
    Column("account_id", Integer, nullable=False),
    Column("contact_id", BigInteger, nullable=False),
    Column("silence_at", Instant, nullable=False),
    Column("rule_name", Text, nullable=False),
    Column("rule_version", Integer, nullable=False),
    Column("variant", Text, nullable=False),  # empty: the rule has none
    Column("is_held_out", Boolean, nullable=False),
    Column("begun_at", Instant, nullable=False),
    Column("window_length", Duration, nullable=False),
    Column("was_ignored_before", Boolean, nullable=False),
    Column("is_sent", Boolean, nullable=False),
    Column("is_matured", Boolean, nullable=False),
    Column("seen", Text, nullable=False),  # measures, with a blank between them
    Column("next_look_at", Instant, nullable=False),
    PrimaryKeyConstraint("account_id", "contact_id", "silence_at"),
    Index(None, "next_look_at"),
)

outcome_count = Table(
    "outcome_count",
    metadata,
    Column("account_id", Integer, nullable=False),
    Column("rule_name", Text, nullable=False),
    Column("rule_version", Integer, nullable=False),
    Column("variant", Text, nullable=False),
    Column("is_held_out", Boolean, nullable=False),
    Column("measure", Text, nullable=False),
    Column("sends", BigInteger, nullable=False),
    PrimaryKeyConstraint("account_id", "rule_name", "rule_version", "variant", "is_held_out", "measure"),
)

outcome_progress = Table(
    "outcome_progress",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("taken", BigInteger, nullable=False),  # entries from the first one on
    Column("clock", Instant, nullable=False),  # of those entries
    CheckConstraint("id = 1", name="one_row"),
)

rule_guard = Table(
    "rule_guard",
    metadata,
    Column("account_id", Integer, nullable=False),
    Column("rule_name", Text, nullable=False),
    Column("rule_version", Integer, nullable=False),
    Column("variant", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),  # which guard it was
    Column("paused_at", Instant, nullable=False),
    Column("resumed_at", Instant),
    # What was known when it was resumed: from then on it is judged by what came after.
    Column("known_sends", BigInteger, nullable=False, server_default="0"),
    Column("known_responses", BigInteger, nullable=False, server_default="0"),
    Column("known_harms", BigInteger, nullable=False, server_default="0"),
    PrimaryKeyConstraint("account_id", "rule_name", "rule_version", "variant"),
    ForeignKeyConstraint(
        ["account_id", "rule_name", "rule_version"],
        ["rule_version.account_id", "rule_version.name", "rule_version.version"],
    ),
    CheckConstraint("state IN ('paused', 'resumed')", name="state"),
    CheckConstraint("(state = 'resumed') = (resumed_at IS NOT NULL)", name="resumed"),
)
