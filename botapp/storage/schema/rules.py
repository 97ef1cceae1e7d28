"""What rules with a budget have spent."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from botapp.storage.schema.base import metadata
from botapp.storage.times import Instant

# One row for each rule and period of its budget. What is begun is added by whoever claims, in the claim's transaction.
rule_spending = Table(
    "rule_spending",
    metadata,
    Column("account_id", Integer, nullable=False),
    Column("rule_name", Text, nullable=False),
    Column("since", Instant, nullable=False),  # when the period began; of a budget in total 1970
    Column("spent", BigInteger, nullable=False),
    PrimaryKeyConstraint("account_id", "rule_name", "since"),
    ForeignKeyConstraint(["account_id"], ["account.id"]),
    CheckConstraint("spent >= 0", name="spent"),
)
