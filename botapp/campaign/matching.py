"""Who matches a rule's criteria now: counted and listed among the customers with an open window."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from botapp.policy.criteria import Criterion
from botapp.reengagement.terms import HouseRules
from botapp.storage import matching
from botapp.storage.accounts import Account
from botapp.storage.engine import Database

MOST_LISTED = 10_000


@dataclass(frozen=True, slots=True)
class Matched:
    """Of the customers to whom a message could still be begun, those who match. Whether one may is another question."""

    open_windows: int
    matching: int
    contact_ids: tuple[int, ...]  # none unless they were asked for


def open_windows(house: HouseRules, page: Account, now: datetime) -> matching.OpenWindows:
    """The page's customers to whom a message could still be begun."""
    opened_after = now + house.send_allowance - house.window_length
    return matching.OpenWindows(page, now, opened_after, house.hour, house.window_length)


def find_matching(
    database: Database, house: HouseRules, page: Account, criteria: Sequence[Criterion], *, listed: bool
) -> Matched:
    """All in one transaction, so that the figures fit each other."""
    with database.reading() as connection:
        now = database.now(connection)
        windows = open_windows(house, page, now)
        contact_ids = matching.find_matching(connection, windows, criteria, MOST_LISTED) if listed else []
        return Matched(
            matching.count_open(connection, windows),
            matching.count_matching(connection, windows, criteria),
            tuple(contact_ids),
        )
