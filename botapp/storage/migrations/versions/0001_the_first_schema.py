"""the first schema"""

import sqlalchemy as sa
from alembic import op

from botapp.storage.times import Duration, Instant

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("page_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_encrypted", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), server_default="UTC", nullable=False),
        sa.Column("language", sa.Text(), server_default="en", nullable=False),
        sa.Column("anchor", sa.Text(), server_default="latest", nullable=False),
        sa.Column("basis", sa.Text(), server_default="implied", nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("paused_at", Instant(), nullable=True),
        sa.Column("pause_reason", sa.Text(), nullable=True),
        sa.Column("proactive_stopped_at", Instant(), nullable=True),
        sa.Column("campaign_generation", sa.Integer(), server_default="0", nullable=False),
        sa.Column("question_version", sa.Integer(), nullable=True),
        sa.Column("ledger_sequence", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("anchor IN ('latest', 'initial')", name=op.f("ck_account_anchor")),
        sa.CheckConstraint("basis IN ('implied', 'explicit')", name=op.f("ck_account_basis")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("platform", "page_id", name=op.f("uq_account_platform_page_id")),
    )
    op.create_table(
        "control",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proactive_stopped", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("changed_at", Instant(), nullable=True),
        sa.Column("ledger_sequence", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_control_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_control")),
    )
    op.create_table(
        "counter",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counter")),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "privacy_request",
        sa.Column("confirmation_code", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("platform_person_id", sa.Text(), nullable=False),
        sa.Column("issued_at", Instant(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("is_open", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.CheckConstraint("kind IN ('deletion', 'deauthorisation')", name=op.f("ck_privacy_request_kind")),
        sa.PrimaryKeyConstraint("confirmation_code", name=op.f("pk_privacy_request")),
    )
    op.create_table(
        "contact",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("platform_contact_id", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("last_interaction_at", Instant(), nullable=True),
        sa.Column("conversation_started_at", Instant(), nullable=True),
        sa.Column("last_claimed_at", Instant(), nullable=True),
        sa.Column("asked_for_more_at", Instant(), nullable=True),
        sa.Column("unreachable_since", Instant(), nullable=True),
        sa.Column("thread_owner", sa.Text(), server_default="bot", nullable=False),
        sa.Column("thread_owned_at", Instant(), nullable=True),
        sa.Column("first_name", sa.Text(), nullable=True),
        sa.Column("last_name", sa.Text(), nullable=True),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("profile_fetched_at", Instant(), nullable=True),
        sa.Column("disclosed_at", Instant(), nullable=True),
        sa.Column("question_asked_at", Instant(), nullable=True),
        sa.Column("planned_generation", sa.Integer(), server_default="0", nullable=False),
        sa.Column("ledger_sequence", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("thread_owner IN ('bot', 'person', 'other_app')", name=op.f("ck_contact_thread_owner")),
        sa.CheckConstraint(
            "last_claimed_at IS NULL OR last_interaction_at IS NOT NULL", name=op.f("ck_contact_spoken_to_first")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_contact_account_id")),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_contact")),
        sa.UniqueConstraint(
            "account_id", "platform_contact_id", name=op.f("uq_contact_account_id_platform_contact_id")
        ),
    )
    op.create_index(
        op.f("ix_contact_account_id_planned_generation_last_interaction_at"),
        "contact",
        ["account_id", "planned_generation", "last_interaction_at"],
        unique=False,
    )
    op.create_index(op.f("ix_contact_person_id"), "contact", ["person_id"], unique=False)
    op.create_table(
        "inbound_event",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("event_key", sa.Text(), nullable=False),
        sa.Column("platform_contact_id", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("signal", sa.Text(), nullable=False),
        sa.Column("occurred_at", Instant(), nullable=True),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_inbound_event_account_id")),
        sa.PrimaryKeyConstraint("account_id", "event_key", name=op.f("pk_inbound_event")),
    )
    op.create_index(
        op.f("ix_inbound_event_account_id_received_at"), "inbound_event", ["account_id", "received_at"], unique=False
    )
    op.create_table(
        "ledger_entry",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("occurred_at", Instant(), nullable=True),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("evidence_key", sa.Text(), nullable=True),
        sa.Column("subject_at", Instant(), nullable=True),
        sa.Column("details", sa.Text(), server_default="{}", nullable=False),
        sa.CheckConstraint("sequence > 0", name=op.f("ck_ledger_entry_sequence")),
        sa.PrimaryKeyConstraint("account_id", "contact_id", "sequence", name=op.f("pk_ledger_entry")),
    )
    op.create_table(
        "question_version",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("yes", sa.Text(), nullable=False),
        sa.Column("no", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_question_version_account_id")),
        sa.PrimaryKeyConstraint("account_id", "version", name=op.f("pk_question_version")),
        sa.UniqueConstraint("account_id", "content_hash", name=op.f("uq_question_version_account_id_content_hash")),
    )
    op.create_table(
        "rule_version",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_rule_version_account_id")),
        sa.PrimaryKeyConstraint("account_id", "name", "version", name=op.f("pk_rule_version")),
        sa.UniqueConstraint(
            "account_id", "name", "content_hash", name=op.f("uq_rule_version_account_id_name_content_hash")
        ),
    )
    op.create_table(
        "template_version",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_template_version_account_id")),
        sa.PrimaryKeyConstraint("account_id", "name", "version", name=op.f("pk_template_version")),
        sa.UniqueConstraint(
            "account_id", "name", "content_hash", name=op.f("uq_template_version_account_id_name_content_hash")
        ),
    )
    op.create_table(
        "consent_record",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("occurred_at", Instant(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("evidence_key", sa.Text(), nullable=True),
        sa.Column("wording_version", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('given', 'refused', 'withdrawn')", name=op.f("ck_consent_record_state")),
        sa.ForeignKeyConstraint(
            ["account_id", "contact_id"],
            ["contact.account_id", "contact.id"],
            name=op.f("fk_consent_record_account_id_contact_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "contact_id", "sequence", name=op.f("pk_consent_record")),
    )
    op.create_table(
        "fact",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("observed_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id", "contact_id"],
            ["contact.account_id", "contact.id"],
            name=op.f("fk_fact_account_id_contact_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "contact_id", "name", name=op.f("pk_fact")),
    )
    op.create_table(
        "reengagement",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("interaction_at", Instant(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("planned_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("deadline_at", Instant(), nullable=False),
        sa.Column("leased_until", Instant(), nullable=True),
        sa.Column("rule_name", sa.Text(), nullable=True),
        sa.Column("rule_version", sa.Integer(), nullable=True),
        sa.Column("template_name", sa.Text(), nullable=True),
        sa.Column("template_version", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("claim_token", sa.Text(), nullable=True),
        sa.Column("claimed_at", Instant(), nullable=True),
        sa.Column("previous_claimed_at", Instant(), nullable=True),
        sa.Column("least_gap", Duration(), nullable=True),
        sa.Column("opened_at", Instant(), nullable=True),
        sa.Column("closes_at", Instant(), nullable=True),
        sa.Column("send_allowance", Duration(), nullable=True),
        sa.Column("releases", sa.Integer(), server_default="0", nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("platform_error", sa.Text(), nullable=True),
        sa.Column("recorded_at", Instant(), nullable=True),
        sa.Column("delivered_at", Instant(), nullable=True),
        sa.Column("read_at", Instant(), nullable=True),
        sa.Column("crossed_at", Instant(), nullable=True),
        sa.Column("taken_up_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "CASE WHEN state IN ('claimed', 'sent', 'failed', 'unknown') THEN claimed_at IS NOT NULL WHEN state = 'expired' THEN TRUE ELSE claimed_at IS NULL END",
            name=op.f("ck_reengagement_claimed"),
        ),
        sa.CheckConstraint(
            "state IN ('planned', 'claimed', 'sent', 'failed', 'unknown', 'skipped', 'superseded', 'expired')",
            name=op.f("ck_reengagement_state"),
        ),
        sa.CheckConstraint(
            "claimed_at IS NULL OR (claim_token IS NOT NULL AND text IS NOT NULL AND template_version IS NOT NULL AND opened_at IS NOT NULL AND closes_at IS NOT NULL AND send_allowance IS NOT NULL AND least_gap IS NOT NULL)",
            name=op.f("ck_reengagement_claim_is_complete"),
        ),
        sa.CheckConstraint(
            "claimed_at IS NULL OR (claimed_at >= interaction_at AND opened_at <= interaction_at AND send_allowance > 0 AND claimed_at + send_allowance < closes_at)",
            name=op.f("ck_reengagement_inside_the_window"),
        ),
        sa.CheckConstraint(
            "least_gap IS NULL OR least_gap >= closes_at - opened_at", name=op.f("ck_reengagement_gap_is_a_window")
        ),
        sa.CheckConstraint(
            "previous_claimed_at IS NULL OR (claimed_at IS NOT NULL AND interaction_at > previous_claimed_at AND claimed_at >= previous_claimed_at + least_gap)",
            name=op.f("ck_reengagement_once_in_a_day_and_a_silence"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "contact_id", "previous_claimed_at"],
            ["reengagement.account_id", "reengagement.contact_id", "reengagement.claimed_at"],
            name=op.f("fk_reengagement_account_id_contact_id_previous_claimed_at"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "contact_id"],
            ["contact.account_id", "contact.id"],
            name=op.f("fk_reengagement_account_id_contact_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "contact_id", "interaction_at", name=op.f("pk_reengagement")),
        sa.UniqueConstraint("account_id", "claim_token", name=op.f("uq_reengagement_account_id_claim_token")),
        sa.UniqueConstraint(
            "account_id", "contact_id", "claimed_at", name=op.f("uq_reengagement_account_id_contact_id_claimed_at")
        ),
        sa.UniqueConstraint(
            "account_id",
            "contact_id",
            "previous_claimed_at",
            name=op.f("uq_reengagement_account_id_contact_id_previous_claimed_at"),
        ),
    )
    op.create_index(
        "ix_reengagement_claimed",
        "reengagement",
        ["account_id", "claimed_at"],
        unique=False,
        postgresql_where=sa.text("state = 'claimed'"),
        sqlite_where=sa.text("state = 'claimed'"),
    )
    op.create_index(
        "ix_reengagement_deadline",
        "reengagement",
        ["deadline_at"],
        unique=False,
        postgresql_where=sa.text("state = 'planned'"),
        sqlite_where=sa.text("state = 'planned'"),
    )
    op.create_index(
        "ix_reengagement_due",
        "reengagement",
        ["account_id", "due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'planned'"),
        sqlite_where=sa.text("state = 'planned'"),
    )
    op.create_index(
        "ix_reengagement_message",
        "reengagement",
        ["account_id", "message_id"],
        unique=False,
        postgresql_where=sa.text("message_id IS NOT NULL"),
        sqlite_where=sa.text("message_id IS NOT NULL"),
    )
    op.create_index(
        "uq_reengagement_first_claim",
        "reengagement",
        ["account_id", "contact_id"],
        unique=True,
        postgresql_where=sa.text("claimed_at IS NOT NULL AND previous_claimed_at IS NULL"),
        sqlite_where=sa.text("claimed_at IS NOT NULL AND previous_claimed_at IS NULL"),
    )
    op.create_table(
        "reply",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("event_key", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("until", Instant(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("planned_at", Instant(), nullable=False),
        sa.Column("not_before", Instant(), nullable=False),
        sa.Column("leased_until", Instant(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("claim_token", sa.Text(), nullable=True),
        sa.Column("claimed_at", Instant(), nullable=True),
        sa.Column("releases", sa.Integer(), server_default="0", nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("platform_error", sa.Text(), nullable=True),
        sa.Column("recorded_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "state IN ('planned', 'claimed', 'sent', 'failed', 'unknown', 'skipped')", name=op.f("ck_reply_state")
        ),
        sa.CheckConstraint("state IN ('planned', 'skipped') OR claimed_at IS NOT NULL", name=op.f("ck_reply_claimed")),
        sa.ForeignKeyConstraint(
            ["account_id", "contact_id"],
            ["contact.account_id", "contact.id"],
            name=op.f("fk_reply_account_id_contact_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "contact_id", "event_key", name=op.f("pk_reply")),
        sa.UniqueConstraint("account_id", "claim_token", name=op.f("uq_reply_account_id_claim_token")),
        sa.UniqueConstraint(
            "account_id", "contact_id", "position", name=op.f("uq_reply_account_id_contact_id_position")
        ),
    )
    op.create_index(
        "ix_reply_message",
        "reply",
        ["account_id", "message_id"],
        unique=False,
        postgresql_where=sa.text("message_id IS NOT NULL"),
        sqlite_where=sa.text("message_id IS NOT NULL"),
    )
    op.create_index(
        "ix_reply_open",
        "reply",
        ["account_id", "contact_id", "position"],
        unique=False,
        postgresql_where=sa.text("state IN ('planned', 'claimed')"),
        sqlite_where=sa.text("state IN ('planned', 'claimed')"),
    )
    op.create_table(
        "rule",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("live_version", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id", "name", "live_version"],
            ["rule_version.account_id", "rule_version.name", "rule_version.version"],
            name=op.f("fk_rule_account_id_name_live_version"),
        ),
        sa.PrimaryKeyConstraint("account_id", "name", name=op.f("pk_rule")),
    )
    op.create_table(
        "suppression",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("set_at", Instant(), nullable=True),
        sa.Column("until", Instant(), nullable=True),
        sa.Column("lifted_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id", "contact_id"],
            ["contact.account_id", "contact.id"],
            name=op.f("fk_suppression_account_id_contact_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "contact_id", "scope", name=op.f("pk_suppression")),
    )
    op.create_table(
        "template",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("live_version", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id", "name", "live_version"],
            ["template_version.account_id", "template_version.name", "template_version.version"],
            name=op.f("fk_template_account_id_name_live_version"),
        ),
        sa.PrimaryKeyConstraint("account_id", "name", name=op.f("pk_template")),
    )
