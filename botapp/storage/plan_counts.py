"""How many plans fall due in each of the next hours, counted now and then: millions of plans take a while to count."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from botapp.storage import bulk
from botapp.storage.schema import plan_count
from botapp.storage.statement import Statement
from botapp.storage.times import from_microseconds

_HOUR = timedelta(hours=1) // timedelta(microseconds=1)
_COUNT = Statement(
    "SELECT account.id, CASE WHEN due_at < :now THEN :hour ELSE due_at / :length END AS falls_in, count(*)"
    " FROM account JOIN reengagement ON reengagement.account_id = account.id"
    " AND state = 'planned' AND due_at < :until GROUP BY 1, 2"
)
_FORGET = Statement("DELETE FROM plan_count")
_NOTE = Statement("UPDATE rollup_progress SET plans_counted_at = :now")
_LOAD = Statement("SELECT account_id, hour, plans FROM plan_count ORDER BY account_id, hour")
_COUNTED_AT = Statement("SELECT plans_counted_at FROM rollup_progress")


class PlanCount(NamedTuple):
    """Plans of one page that fall due within an hour; those overdue count in the present one."""

    account_id: int
    hour: int  # since 1970 UTC
    plans: int


def count(connection: Connection, now: datetime, ahead: timedelta) -> list[PlanCount]:
    """Count them. Reads every plan that falls due by then."""
    hour = (now - from_microseconds(0)) // timedelta(hours=1)
    values = {"now": now, "hour": hour, "length": _HOUR, "until": now + ahead}
    return [
        PlanCount(int(account_id), int(at), int(plans)) for account_id, at, plans in _COUNT.rows(connection, values)
    ]


def save(connection: Connection, counted: list[PlanCount], now: datetime) -> None:
    """Replace what was counted before."""
    _FORGET.run(connection)
    bulk.insert(connection, plan_count, [each._asdict() for each in counted])
    _NOTE.run(connection, {"now": now})


def load(connection: Connection) -> tuple[list[PlanCount], datetime]:
    """What was counted last, and when."""
    counted = [PlanCount._make(map(int, row)) for row in _LOAD.rows(connection)]
    return counted, from_microseconds(_COUNTED_AT.scalar(connection))
