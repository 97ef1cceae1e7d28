"""What people agreed to and refused, and what is known of them."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Integer, Table, Text

from botapp.storage.schema.base import metadata, of_contact
from botapp.storage.times import Instant

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
    *of_contact("sequence"),
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
    *of_contact("scope"),
)

fact = Table(
    "fact",
    metadata,
    Column("account_id", Integer, nullable=False),
    Column("contact_id", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("confidence_percent", Integer, nullable=False, server_default="100"),
    Column("observed_at", Instant, nullable=False),
    Column("expires_at", Instant),
    *of_contact("name"),
)
