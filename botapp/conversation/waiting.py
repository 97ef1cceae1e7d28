"""How many customers wait for a person, and how long: for those who watch the house."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from botapp.storage import accounts, handover_lists
from botapp.storage.engine import Database
from botapp.storage.handovers import HandoverState

_NOBODY_CAME = (HandoverState.QUEUED, HandoverState.PASSING, HandoverState.PASSED)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Those whom no person has answered."""

    number: int
    late: int
    oldest: timedelta


def load_waiting(database: Database, target: timedelta) -> Waiting:
    """Who asked for a person whom none has answered or taken on; those beyond the target are late."""
    with database.reading() as connection:
        now = database.now(connection)
        since: list[datetime] = handover_lists.load_waiting_since(connection, _NOBODY_CAME)
    ages = [now - at for at in since]
    return Waiting(len(ages), sum(age > target for age in ages), max(ages, default=timedelta(0)))


def load_states(database: Database) -> list[tuple[str, str, int]]:
    """Page id, state, and how many open conversations of it are in that state."""
    with database.reading() as connection:
        pages = {page.id: page.page_id for page in accounts.load_all(connection)}
        counted = handover_lists.count_open(connection)
    return [(pages.get(account_id, str(account_id)), state, number) for account_id, state, number in counted]
