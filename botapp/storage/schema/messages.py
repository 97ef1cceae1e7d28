"""What we send: re-engagements and answers."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from botapp.storage.schema.base import metadata, of_contact
from botapp.storage.times import Duration, Instant

_MAY_HAVE_REACHED_THE_CUSTOMER = "('claimed', 'sent', 'failed', 'unknown')"

reengagement = Table(
    "reengagement",
    metadata,
    Column("account_id", Integer, nullable=False),
    Column("contact_id", BigInteger, nullable=False),
    # The interaction whose silence this ends: the key itself allows one re-engagement a silence.
    Column("interaction_at", Instant, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("planned_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("deadline_at", Instant, nullable=False),
    Column("leased_until", Instant),
    # Of two that cannot both begin in time, the one with more does: what the rule's message is worth.
    Column("worth", Integer, nullable=False, server_default="0"),
    Column("rule_name", Text),
    Column("rule_version", Integer),
    Column("template_name", Text),
    Column("template_version", Integer),
    Column("variant", Text),  # of the rule, if it has any
    Column("budget_since", Instant),  # the period of the rule's budget that it is counted in, if it has one
    Column("text", Text),
    Column("claim_token", Text),
    Column("claimed_at", Instant),
    # Each claim names the one before it; with the constraints below the claims of a contact are one chain without
    # forks, each link longer than a day: "once in any 24 hours" without a trigger or an exclusion constraint.
    Column("previous_claimed_at", Instant),
    Column("least_gap", Duration),
    Column("opened_at", Instant),
    Column("closes_at", Instant),
    Column("send_allowance", Duration),
    Column("releases", Integer, nullable=False, server_default="0"),
    Column("message_id", Text),
    Column("platform_error", Text),
    Column("recorded_at", Instant),
    Column("delivered_at", Instant),
    Column("read_at", Instant),
    Column("crossed_at", Instant),
    Column("taken_up_at", Instant),
    *of_contact("interaction_at"),
    UniqueConstraint("account_id", "claim_token"),
    UniqueConstraint("account_id", "contact_id", "claimed_at"),
    UniqueConstraint("account_id", "contact_id", "previous_claimed_at"),
    ForeignKeyConstraint(
        ["account_id", "contact_id", "previous_claimed_at"],
        ["reengagement.account_id", "reengagement.contact_id", "reengagement.claimed_at"],
    ),
    Index(
        "uq_reengagement_first_claim",
        "account_id",
        "contact_id",
        unique=True,
        postgresql_where=text("claimed_at IS NOT NULL AND previous_claimed_at IS NULL"),
        sqlite_where=text("claimed_at IS NOT NULL AND previous_claimed_at IS NULL"),
    ),
    CheckConstraint(
        "state IN ('planned', 'claimed', 'sent', 'failed', 'unknown', 'skipped', 'superseded', 'expired')", name="state"
    ),
    CheckConstraint(
        f"CASE WHEN state IN {_MAY_HAVE_REACHED_THE_CUSTOMER} THEN claimed_at IS NOT NULL"
        " WHEN state = 'expired' THEN TRUE ELSE claimed_at IS NULL END",
        name="claimed",
    ),
    CheckConstraint(
        "claimed_at IS NULL OR (claim_token IS NOT NULL AND text IS NOT NULL AND template_version IS NOT NULL"
        " AND opened_at IS NOT NULL AND closes_at IS NOT NULL AND send_allowance IS NOT NULL"
        " AND least_gap IS NOT NULL)",
        name="claim_is_complete",
    ),
    CheckConstraint(
        "claimed_at IS NULL OR (claimed_at >= interaction_at AND opened_at <= interaction_at"
        " AND send_allowance > 0 AND claimed_at + send_allowance < closes_at)",
        name="inside_the_window",
    ),
    CheckConstraint(
        "previous_claimed_at IS NULL OR (claimed_at IS NOT NULL AND interaction_at > previous_claimed_at"
        " AND claimed_at >= previous_claimed_at + least_gap)",
        name="once_in_a_day_and_a_silence",
    ),
    CheckConstraint("least_gap IS NULL OR least_gap >= closes_at - opened_at", name="gap_is_a_window"),
    Index(
        "ix_reengagement_due",
        "account_id",
        "due_at",
        postgresql_where=text("state = 'planned'"),
        sqlite_where=text("state = 'planned'"),
    ),
    Index(
        "ix_reengagement_deadline",
        "deadline_at",
        postgresql_where=text("state = 'planned'"),
        sqlite_where=text("state = 'planned'"),
    ),
    Index(
        "ix_reengagement_claimed",
        "account_id",
        "claimed_at",
        postgresql_where=text("state = 'claimed'"),
        sqlite_where=text("state = 'claimed'"),
    ),
    Index(
        "ix_reengagement_message",
        "account_id",
        "message_id",
        postgresql_where=text("message_id IS NOT NULL"),
        sqlite_where=text("message_id IS NOT NULL"),
    ),
)

reply = Table(
    "reply",
    metadata,
    Column("account_id", Integer, nullable=False),
    Column("contact_id", BigInteger, nullable=False),
    # The event that it answers: the key itself allows one answer an event.
    Column("event_key", Text, nullable=False),
    Column("position", BigInteger, nullable=False),  # order within the contact
    Column("kind", Text, nullable=False),
    Column("language", Text),
    Column("until", Instant),  # of a mute that it confirms
    Column("about", Text),  # the entry of the FAQ that it answers with
    Column("part", Integer, nullable=False, server_default="0"),  # of a long text: which one is next, or is being sent
    Column("parts", Integer, nullable=False, server_default="1"),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("planned_at", Instant, nullable=False),
    Column("not_before", Instant, nullable=False),
    Column("leased_until", Instant),
    Column("text", Text),
    Column("claim_token", Text),
    Column("claimed_at", Instant),
    Column("releases", Integer, nullable=False, server_default="0"),
    Column("message_id", Text),
    Column("platform_error", Text),
    Column("recorded_at", Instant),
    *of_contact("event_key"),
    UniqueConstraint("account_id", "contact_id", "position"),
    UniqueConstraint("account_id", "claim_token"),
    CheckConstraint("state IN ('planned', 'claimed', 'sent', 'failed', 'unknown', 'skipped')", name="state"),
    CheckConstraint("state IN ('planned', 'skipped') OR claimed_at IS NOT NULL", name="claimed"),
    Index(
        "ix_reply_open",
        "account_id",
        "contact_id",
        "position",
        postgresql_where=text("state IN ('planned', 'claimed')"),
        sqlite_where=text("state IN ('planned', 'claimed')"),
    ),
    Index(
        "ix_reply_message",
        "account_id",
        "message_id",
        postgresql_where=text("message_id IS NOT NULL"),
        sqlite_where=text("message_id IS NOT NULL"),
    ),
)
