"""The tables. What must never happen twice is forbidden here, in both databases, not only in code.

Each table that grows has the account id first in its keys, so that it can be partitioned by account.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from botapp.storage.times import Duration, Instant

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _of_contact(*key: str) -> tuple[PrimaryKeyConstraint, ForeignKeyConstraint]:
    """The keys of a table that belongs to a contact."""
    return (
        PrimaryKeyConstraint("account_id", "contact_id", *key),
        ForeignKeyConstraint(["account_id", "contact_id"], ["contact.account_id", "contact.id"]),
    )


account = Table(
    "account",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("platform", Text, nullable=False),
    Column("page_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("token_encrypted", Text, nullable=False),
    Column("zone", Text, nullable=False, server_default="UTC"),
    Column("language", Text, nullable=False, server_default="en"),
    Column("anchor", Text, nullable=False, server_default="latest"),
    Column("basis", Text, nullable=False, server_default="implied"),
    Column("created_at", Instant, nullable=False),
    Column("paused_at", Instant),
    Column("pause_reason", Text),
    Column("proactive_stopped_at", Instant),
    # Grows with each publication, retirement, stop and resume: what was planned under an older one is planned again.
    Column("campaign_generation", Integer, nullable=False, server_default="0"),
    Column("question_version", Integer),
    Column("ledger_sequence", BigInteger, nullable=False, server_default="0"),
    UniqueConstraint("platform", "page_id"),
    CheckConstraint("anchor IN ('latest', 'initial')", name="anchor"),
    CheckConstraint("basis IN ('implied', 'explicit')", name="basis"),
)

contact = Table(
    "contact",
    metadata,
    Column("account_id", Integer, nullable=False),
    Column("id", BigInteger, nullable=False),
    Column("person_id", BigInteger, nullable=False),
    Column("platform_contact_id", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("last_interaction_at", Instant),
    Column("conversation_started_at", Instant),
    Column("earlier_interaction_at", Instant),  # the last one before that conversation
    Column("last_claimed_at", Instant),
    Column("asked_for_more_at", Instant),
    Column("unreachable_since", Instant),
    Column("thread_owner", Text, nullable=False, server_default="bot"),
    Column("thread_owned_at", Instant),
    Column("first_name", Text),
    Column("last_name", Text),
    Column("zone", Text),
    Column("language", Text),
    Column("profile_fetched_at", Instant),
    Column("disclosed_at", Instant),
    Column("question_asked_at", Instant),
    Column("planned_generation", Integer, nullable=False, server_default="0"),
    Column("ledger_sequence", BigInteger, nullable=False, server_default="0"),
    PrimaryKeyConstraint("account_id", "id"),
    UniqueConstraint("account_id", "platform_contact_id"),
    ForeignKeyConstraint(["account_id"], ["account.id"]),
    CheckConstraint("thread_owner IN ('bot', 'person', 'other_app')", name="thread_owner"),
    CheckConstraint("last_claimed_at IS NULL OR last_interaction_at IS NOT NULL", name="spoken_to_first"),
    Index(None, "account_id", "planned_generation", "last_interaction_at"),
    Index(None, "person_id"),
)

inbound_event = Table(
    "inbound_event",
    metadata,
    Column("account_id", Integer, nullable=False),
    Column("event_key", Text, nullable=False),
    Column("platform_contact_id", Text),
    Column("kind", Text, nullable=False),
    Column("signal", Text, nullable=False),
    Column("occurred_at", Instant),
    Column("received_at", Instant, nullable=False),
    Column("raw", Text, nullable=False),
    PrimaryKeyConstraint("account_id", "event_key"),
    ForeignKeyConstraint(["account_id"], ["account.id"]),
    Index(None, "account_id", "received_at"),
    Index(None, "account_id", "platform_contact_id"),
)

counter = Table(
    "counter",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

consent_record = Table(
    "consent_record",
    metadata,
    Column("account_id", Integer, nullable=False),
    Column("contact_id", BigInteger, nullable=False),
    Column("sequence", BigInteger, nullable=False),  # that of its ledger entry
    Column("purpose", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("occurred_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("evidence_key", Text),
    Column("wording_version", Text),
    Column("language", Text),
    *_of_contact("sequence"),
    CheckConstraint("state IN ('given', 'refused', 'withdrawn')", name="state"),
)

suppression = Table(
    "suppression",
    metadata,
    Column("account_id", Integer, nullable=False),
    Column("contact_id", BigInteger, nullable=False),
    Column("scope", Text, nullable=False),
    Column("set_at", Instant),
    Column("until", Instant),
    Column("lifted_at", Instant),
    *_of_contact("scope"),
)

fact = Table(
    "fact",
    metadata,
    Column("account_id", Integer, nullable=False),
    Column("contact_id", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("observed_at", Instant, nullable=False),
    Column("expires_at", Instant),
    *_of_contact("name"),
)

template_version = Table(
    "template_version",
    metadata,
    Column("account_id", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    PrimaryKeyConstraint("account_id", "name", "version"),
    ForeignKeyConstraint(["account_id"], ["account.id"]),
    UniqueConstraint("account_id", "name", "content_hash"),
)

template = Table(
    "template",
    metadata,
    Column("account_id", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("live_version", Integer),
    PrimaryKeyConstraint("account_id", "name"),
    ForeignKeyConstraint(
        ["account_id", "name", "live_version"],
        ["template_version.account_id", "template_version.name", "template_version.version"],
    ),
)

rule_version = Table(
    "rule_version",
    metadata,
    Column("account_id", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("definition", Text, nullable=False),  # JSON, canonical
    Column("content_hash", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    PrimaryKeyConstraint("account_id", "name", "version"),
    ForeignKeyConstraint(["account_id"], ["account.id"]),
    UniqueConstraint("account_id", "name", "content_hash"),
)

rule = Table(
    "rule",
    metadata,
    Column("account_id", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("live_version", Integer),
    PrimaryKeyConstraint("account_id", "name"),
    ForeignKeyConstraint(
        ["account_id", "name", "live_version"],
        ["rule_version.account_id", "rule_version.name", "rule_version.version"],
    ),
)

question_version = Table(
    "question_version",
    metadata,
    Column("account_id", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("yes", Text, nullable=False),
    Column("no", Text, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    PrimaryKeyConstraint("account_id", "version"),
    ForeignKeyConstraint(["account_id"], ["account.id"]),
    UniqueConstraint("account_id", "content_hash"),
)

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
    Column("rule_name", Text),
    Column("rule_version", Integer),
    Column("template_name", Text),
    Column("template_version", Integer),
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
    *_of_contact("interaction_at"),
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
    *_of_contact("event_key"),
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

control = Table(
    "control",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("proactive_stopped", Boolean, nullable=False, server_default=false()),
    Column("reason", Text),
    Column("changed_at", Instant),
    Column("ledger_sequence", BigInteger, nullable=False, server_default="0"),
    CheckConstraint("id = 1", name="one_row"),
)

lease = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
)

# What people asked about their data, however it reached us: a worklist with the law's clock.
privacy_request = Table(
    "privacy_request",
    metadata,
    Column("confirmation_code", Text, primary_key=True),
    Column("platform", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("account_id", Integer),  # with the contact's: whose it is, where that is known
    Column("contact_id", BigInteger),
    Column("platform_person_id", Text),  # as the platform's callback names the person; gone once the request is closed
    Column("issued_at", Instant),
    Column("received_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("state", Text, nullable=False, server_default="open"),
    Column("closed_at", Instant),
    CheckConstraint("kind IN ('deletion', 'deauthorisation', 'access')", name="kind"),
    CheckConstraint("origin IN ('platform', 'chat', 'staff')", name="origin"),
    CheckConstraint("state IN ('open', 'done', 'nobody_known')", name="state"),
    CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed"),
    Index(
        "ix_privacy_request_open",
        "due_at",
        "confirmation_code",
        postgresql_where=text("state = 'open'"),
        sqlite_where=text("state = 'open'"),
    ),
    Index(
        "uq_privacy_request_open_in_chat",
        "account_id",
        "contact_id",
        "kind",
        unique=True,
        postgresql_where=text("state = 'open' AND origin = 'chat'"),
        sqlite_where=text("state = 'open' AND origin = 'chat'"),
    ),
    Index(None, "received_at", "confirmation_code"),
)

# All that is left of somebody who was erased: a keyed digest of whom, when it was, and the noes that go on holding.
tombstone = Table(
    "tombstone",
    metadata,
    Column("account_id", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("erased_at", Instant, nullable=False),
    Column("stopped_at", Instant),
    Column("notices_stopped_at", Instant),
    Column("muted_at", Instant),
    Column("muted_until", Instant),
    Column("refused_at", Instant),
    PrimaryKeyConstraint("account_id", "digest"),
    ForeignKeyConstraint(["account_id"], ["account.id"]),
)

# How far the present round through a table has come; without a position the round is over.
retention = Table(
    "retention",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("begun_at", Instant, nullable=False),
    Column("position", Text),  # JSON, the key of the last row that was looked at
)

staff = Table(
    "staff",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),  # what they log in with, in small letters
    Column("display_name", Text, nullable=False),
    Column("password_hash", Text),
    Column("totp_secret_encrypted", Text),
    Column("totp_step", BigInteger),  # of the last code taken: none is taken twice
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    UniqueConstraint("name"),
)

staff_grant = Table(
    "staff_grant",
    metadata,
    Column("staff_id", Integer, nullable=False),
    Column("account_id", Integer, nullable=False),  # 0: every page
    Column("role", Text, nullable=False),
    PrimaryKeyConstraint("staff_id", "account_id", "role"),
    ForeignKeyConstraint(["staff_id"], ["staff.id"]),
    CheckConstraint("role IN ('auditor', 'marketer', 'approver', 'operator', 'admin')", name="role"),
)

staff_session = Table(
    "staff_session",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("token_hash", Text, nullable=False),
    Column("staff_id", Integer, nullable=False),
    Column("stage", Text, nullable=False),
    Column("client", Text, nullable=False),  # what the browser calls itself
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("ended_at", Instant),
    UniqueConstraint("token_hash"),
    ForeignKeyConstraint(["staff_id"], ["staff.id"]),
    CheckConstraint("stage IN ('second_factor', 'enrolment', 'open')", name="stage"),
    Index(None, "staff_id"),
    Index(None, "seen_at"),
)

staff_invitation = Table(
    "staff_invitation",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("staff_id", Integer, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    ForeignKeyConstraint(["staff_id"], ["staff.id"]),
    CheckConstraint("purpose IN ('invitation', 'log_in')", name="purpose"),
    Index(None, "staff_id"),
)

staff_recovery_code = Table(
    "staff_recovery_code",
    metadata,
    Column("staff_id", Integer, nullable=False),
    Column("code_hash", Text, nullable=False),
    PrimaryKeyConstraint("staff_id", "code_hash"),
    ForeignKeyConstraint(["staff_id"], ["staff.id"]),
)

log_in_delay = Table(
    "log_in_delay",
    metadata,
    Column("bucket", Text, primary_key=True),  # a keyed hash of whom and whence
    Column("failures", Integer, nullable=False),
    Column("failed_at", Instant, nullable=False),
    Column("free_at", Instant, nullable=False),
    Index(None, "failed_at"),
)

log_in_refusal = Table(
    "log_in_refusal",
    metadata,
    Column("staff_id", Integer, primary_key=True, autoincrement=False),  # 0: nobody has that name
    Column("since", Instant, nullable=False),
    Column("refusals", BigInteger, nullable=False),  # not on the record yet
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
