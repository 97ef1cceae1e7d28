"""Forecasts and backtests that staff asked for."""

from sqlalchemy import (
    BigInteger,
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
from botapp.storage.times import Instant

rehearsal = Table(
    "rehearsal",
    metadata,
    Column("account_id", Integer, nullable=False),
    Column("id", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("campaign", Text),  # the campaign file that is tried; none: the live rules
    Column("since", Instant),  # of a backtest
    Column("until", Instant, nullable=False),
    Column("state", Text, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("asked_by", BigInteger),  # a staff member; none: at the command line
    Column("heard_at", Instant),  # of the process that works on it
    Column("holder", Text),  # that process
    Column("done", BigInteger, nullable=False, server_default="0"),  # contacts that were looked at
    Column("contacts", BigInteger, nullable=False, server_default="0"),  # that there are
    Column("finished_at", Instant),
    Column("result", Text),  # JSON, canonical
    Column("fault", Text),
    PrimaryKeyConstraint("account_id", "id"),
    ForeignKeyConstraint(["account_id"], ["account.id"]),
    CheckConstraint("kind IN ('forecast', 'backtest')", name="kind"),
    CheckConstraint("state IN ('waiting', 'running', 'done', 'cancelled', 'failed')", name="state"),
    CheckConstraint("(state IN ('waiting', 'running')) = (finished_at IS NULL)", name="finished"),
    CheckConstraint("(state = 'done') = (result IS NOT NULL)", name="result"),
    Index(None, "asked_at"),
)
