"""What is counted of rules' budgets and of pages' days, beside what it is counted of: for those who compare the two."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from botapp.storage.schema import proactive_day, reengagement, rule_spending
from botapp.storage.statement import Statement
from botapp.storage.times import to_microseconds

# A claim after which the same silence's was given back was given back, too: there is one of a silence at a time.
_TOLD_OF_DAY = Statement(
    "SELECT count(*) FROM ledger_entry AS c WHERE c.account_id = :account_id AND c.kind = 'claimed'"
    " AND c.details LIKE :day AND NOT EXISTS (SELECT 1 FROM ledger_entry AS r WHERE r.account_id = c.account_id"
    " AND r.contact_id = c.contact_id AND r.kind = 'released' AND r.subject_at = c.subject_at"
    " AND r.sequence > c.sequence)"
)


class Counted(NamedTuple):
    """What one number is of: a rule's budget in the period that began then; without a rule, a page's day."""

    account_id: int
    rule: str
    since: datetime

    @property
    def table(self) -> str:
        return rule_spending.name if self.rule else proactive_day.name


def load(connection: Connection) -> dict[Counted, int]:
    """All numbers as they are kept."""
    spending, days = rule_spending.c, proactive_day.c
    spent = connection.execute(select(spending.account_id, spending.rule_name, spending.since, spending.spent))
    found = {Counted(account_id, rule, since): number for account_id, rule, since, number in spent}
    begun = connection.execute(select(days.account_id, days.since, days.begun))
    return found | {Counted(account_id, "", since): number for account_id, since, number in begun}


def hold(connection: Connection, counted: Counted) -> int:
    """The number as it is kept; nobody counts there until the transaction ends."""
    account_id, rule, since = counted
    if rule:
        of = rule_spending.c
        row = select(of.spent).where(of.account_id == account_id, of.rule_name == rule, of.since == since)
    else:
        day = proactive_day.c
        row = select(day.begun).where(day.account_id == account_id, day.since == since)
    return int(connection.execute(row.with_for_update()).scalar() or 0)


def count(connection: Connection, counted: Counted) -> int:
    """What is counted there: of a budget by the messages' rows; of a day by the log, for they do not name it."""
    account_id, rule, since = counted
    if not rule:
        values = {"account_id": account_id, "day": f'%"day":[{to_microseconds(since)},%'}
        return int(_TOLD_OF_DAY.scalar(connection, values))
    of = reengagement.c
    rows = select(func.count()).where(of.account_id == account_id, of.rule_name == rule, of.budget_since == since)
    return int(connection.execute(rows).scalar_one())
