"""What the marketers' overview is drawn from: counts of the log for each hour, by language, intent and variant.

Hours are those of UTC, so that each page's own days can be summed from them whatever its zone is, or becomes. The
sums of each whole day of UTC stand beside them: these are what pages read, with the hours before and after them.

All of it can be counted again. Like the log's own tables these refer to no other: what counts must not wait for those
who send.
"""

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, PrimaryKeyConstraint, Table, Text

from botapp.storage.schema.base import metadata
from botapp.storage.times import Instant

# Of windows, by when they were opened; only in the split by variant, as without one.
OF_WINDOWS = ("opened", "eligible", "planned", "messaged")
# Of messages, by when they were begun. Those from `matured` on are counted once the time to answer is over.
OF_MESSAGES = (
    "sent",
    "matured",
    "delivered",
    "seen",
    "replied",
    "pressed",
    "responded",
    "converted",
    "handed_over",
    "satisfied",
    "dissatisfied",
    "stopped",
    "muted",
    "complained",
    "blocked",
    "harmed",
    "ignored_twice",
    "held_out",
    "held_out_responded",
)
MEASURES = (*OF_WINDOWS, *OF_MESSAGES)


def _counts(name: str, *checks: CheckConstraint) -> Table:
    """Each split counts the same messages once more: its buckets add up to the same sums."""
    return Table(
        name,
        metadata,
        Column("account_id", Integer, nullable=False),
        Column("split", Text, nullable=False),
        Column("hour", Integer, nullable=False),  # hours since 1970 UTC
        Column("bucket", Text, nullable=False),  # a language, …; empty: not known, or none
        Column("rule_name", Text, nullable=False),  # empty: no rule had been chosen
        Column("rule_version", Integer, nullable=False),
        *(Column(measure, BigInteger, nullable=False, server_default="0") for measure in MEASURES),
        PrimaryKeyConstraint("account_id", "split", "hour", "bucket", "rule_name", "rule_version"),
        CheckConstraint("split IN ('language', 'intent', 'variant')", name="split"),
        *checks,
    )


def _losses(name: str, *checks: CheckConstraint) -> Table:
    """Windows that came no farther than a stage, and why."""
    return Table(
        name,
        metadata,
        Column("account_id", Integer, nullable=False),
        Column("hour", Integer, nullable=False),
        Column("rule_name", Text, nullable=False),
        Column("rule_version", Integer, nullable=False),
        Column("stage", Text, nullable=False),  # the one that it reached
        Column("reason", Text, nullable=False),
        Column("windows", BigInteger, nullable=False),
        PrimaryKeyConstraint("account_id", "hour", "rule_name", "rule_version", "stage", "reason"),
        *checks,
    )


rollup = _counts("rollup")
rollup_loss = _losses("rollup_loss")
# The sums of whole days of UTC, each under its first hour.
rollup_day = _counts("rollup_day", CheckConstraint("hour % 24 = 0", name="hour"))
rollup_loss_day = _losses("rollup_loss_day", CheckConstraint("hour % 24 = 0", name="hour"))

# The contacts of which something may still change what is counted.
rollup_contact = Table(
    "rollup_contact",
    metadata,
    Column("account_id", Integer, nullable=False),
    Column("contact_id", BigInteger, nullable=False),
    Column("next_look_at", Instant, nullable=False),
    Column("state", Text, nullable=False),  # JSON: their window, and their messages
    PrimaryKeyConstraint("account_id", "contact_id"),
    Index(None, "next_look_at"),
)

rollup_progress = Table(
    "rollup_progress",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("round", BigInteger, nullable=False),  # one more with each change
    Column("taken", BigInteger, nullable=False),  # entries from the first one on
    Column("clock", Instant, nullable=False),  # of those entries
    Column("plans_counted_at", Instant, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)

# How many plans fall due in each of the next hours, as of when they were counted last.
plan_count = Table(
    "plan_count",
    metadata,
    Column("account_id", Integer, nullable=False),
    Column("hour", Integer, nullable=False),  # hours since 1970 UTC
    Column("plans", BigInteger, nullable=False),
    PrimaryKeyConstraint("account_id", "hour"),
)
