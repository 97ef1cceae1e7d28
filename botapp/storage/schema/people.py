"""Pages, the people who write to them, and what was delivered."""

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
    UniqueConstraint,
    false,
    text,
)

from botapp.storage.schema.base import metadata
from botapp.storage.times import Instant

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
    Column("conversion_voids", Text, nullable=False, server_default="conversation"),
    Column("answer_voids", Text, nullable=False, server_default="silence"),
    Column("created_at", Instant, nullable=False),
    Column("paused_at", Instant),
    Column("pause_reason", Text),
    Column("proactive_stopped_at", Instant),
    # Grows with each publication, retirement, stop and resume: what was planned under an older one is planned again.
    Column("campaign_generation", Integer, nullable=False, server_default="0"),
    Column("question_version", Integer),
    # Grows with each catalogue: a process knows by it whether the one that it keeps is still the page's.
    Column("catalogue_generation", Integer, nullable=False, server_default="0"),
    Column("texts_version", Integer),  # of the page's own texts; none: those of config/answers
    Column("ledger_sequence", BigInteger, nullable=False, server_default="0"),
    Column("handover", Text, nullable=False, server_default="inbox"),  # or "platform": whose inbox people answer in
    Column("approvals", Integer, nullable=False, server_default="1"),  # that a template needs
    Column("mode", Text, nullable=False, server_default="live"),  # or "team": proactive to the team's own contacts
    Column("live_asked_by", BigInteger),  # the staff member who asks for a second person, so that it goes live
    Column("daily_cap", Integer),  # proactive messages begun in a day; none: as many as the rules send
    Column("daily_cap_at", Instant),  # since when
    Column("satisfaction", Text, nullable=False, server_default="off"),  # "on": asks whether an answer helped
    UniqueConstraint("platform", "page_id"),
    CheckConstraint("anchor IN ('latest', 'initial')", name="anchor"),
    CheckConstraint("basis IN ('implied', 'explicit')", name="basis"),
)

# One row for each day of a page that has a daily cap. Whoever claims adds what is begun, in the claim's transaction.
proactive_day = Table(
    "proactive_day",
    metadata,
    Column("account_id", Integer, nullable=False),
    Column("since", Instant, nullable=False),  # when the day began where the page is
    Column("begun", BigInteger, nullable=False),
    PrimaryKeyConstraint("account_id", "since"),
    ForeignKeyConstraint(["account_id"], ["account.id"]),
    CheckConstraint("begun >= 0", name="begun"),
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
    Column("converted_at", Instant),
    Column("answered_at", Instant),  # by somebody else than us
    Column("first_name", Text),
    Column("last_name", Text),
    Column("zone", Text),
    Column("language", Text),
    # What the person chose, each with when: of two choices the later counts, in whatever order they are delivered.
    Column("language_chosen_at", Instant),
    Column("frequency", Text),
    Column("frequency_at", Instant),
    Column("quiet_hours", Text),
    Column("quiet_hours_at", Instant),
    Column("profile_fetched_at", Instant),
    Column("disclosed_at", Instant),
    Column("question_asked_at", Instant),
    Column("planned_generation", Integer, nullable=False, server_default="0"),
    Column("ledger_sequence", BigInteger, nullable=False, server_default="0"),
    Column("staff_id", BigInteger),  # the staff member whose own contact it is
    PrimaryKeyConstraint("account_id", "id"),
    UniqueConstraint("account_id", "platform_contact_id"),
    ForeignKeyConstraint(["account_id"], ["account.id"]),
    CheckConstraint("thread_owner IN ('bot', 'person', 'other_app')", name="thread_owner"),
    CheckConstraint("last_claimed_at IS NULL OR last_interaction_at IS NOT NULL", name="spoken_to_first"),
    Index(None, "account_id", "planned_generation", "last_interaction_at"),
    Index(
        "ix_contact_of_staff",
        "account_id",
        "staff_id",
        postgresql_where=text("staff_id IS NOT NULL"),
        sqlite_where=text("staff_id IS NOT NULL"),
    ),
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
