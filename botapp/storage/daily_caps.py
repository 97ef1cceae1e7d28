"""What pages with a daily cap have begun in a day, counted by whoever claims."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from botapp.storage.statement import Statement

_DAY = "account_id = :account_id AND since = :since"
_BEGUN = Statement(f"SELECT begun FROM proactive_day WHERE {_DAY}")  # noqa: S608  names are our schema's
_COUNT = Statement(
    "INSERT INTO proactive_day (account_id, since, begun) VALUES (:account_id, :since, 1)"
    " ON CONFLICT (account_id, since) DO UPDATE SET begun = proactive_day.begun + 1"
    " WHERE proactive_day.begun < :most RETURNING begun"
)
_GIVE_BACK = Statement(f"UPDATE proactive_day SET begun = begun - 1 WHERE {_DAY} AND begun > 0")  # noqa: S608  the same

Day = tuple[int, datetime]  # the page, and when the day began


def load_begun(connection: Connection, account_id: int, since: datetime) -> int:
    """How many the page has begun in the day that began then."""
    return int(_BEGUN.scalar(connection, {"account_id": account_id, "since": since}) or 0)


def count(connection: Connection, account_id: int, since: datetime, most: int) -> int | None:
    """Count one more: how many it is then; None if that would be more than `most`, and nothing changes.

    Claims of a page wait for each other here, so that its cap is kept to the message.
    """
    values = {"account_id": account_id, "since": since, "most": most}
    counted: int | None = _COUNT.scalar(connection, values) if most > 0 else None
    return counted


def give_back(connection: Connection, days: Iterable[Day]) -> None:
    """Claims of those days were undone. In one order, so that no two transactions wait for each other."""
    for account_id, since in sorted(days):
        _GIVE_BACK.send(connection, {"account_id": account_id, "since": since})
