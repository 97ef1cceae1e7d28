"""What is due on a page and waits for its turn: counted in piles, so that a backlog of any size is seen at a glance."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from botapp.policy.overload import Pile
from botapp.storage.reengagements import DUE, ReengagementKey
from botapp.storage.statement import Statement
from botapp.storage.times import from_microseconds

LOOKED_AT = 10_000  # of those that are due, at first sight

_DUE_OF_PAGE = f"account_id = :account_id AND {DUE}"
_GLANCE = Statement(
    "SELECT count(*), min(deadline_at) FROM"  # noqa: S608  our schema's names
    f" (SELECT deadline_at FROM reengagement WHERE {_DUE_OF_PAGE} LIMIT {LOOKED_AT}) AS due"
)
_PILES = Statement(
    "SELECT deadline_at / :stretch, worth, count(*), max(deadline_at) FROM reengagement"  # noqa: S608  the same
    f" WHERE {_DUE_OF_PAGE} GROUP BY 1, 2 ORDER BY 1, 2"
)
# The latest deadline last among those that stay: it is the first to go.
_OF_PILE = Statement(
    "SELECT contact_id, interaction_at FROM reengagement"  # noqa: S608  the same
    f" WHERE {_DUE_OF_PAGE} AND worth = :worth"
    " AND deadline_at <= :latest AND deadline_at / :stretch = :latest / :stretch"
    " ORDER BY deadline_at DESC, contact_id LIMIT :limit"
)


@dataclass(frozen=True, slots=True)
class Glance:
    """How many are due, of which `LOOKED_AT` are counted at most, and by when the first of those must begin."""

    number: int
    nearest_deadline: datetime


def glance(connection: Connection, account_id: int, now: datetime) -> Glance | None:
    """Cheap enough for every second; None where nothing is due."""
    row = _GLANCE.first(connection, {"account_id": account_id, "now": now})
    return Glance(int(row[0]), from_microseconds(row[1])) if row and row[0] else None


def pile_up(connection: Connection, account_id: int, now: datetime, stretch: timedelta) -> list[Pile]:
    """All that is due, by worth and by stretches of time in which the deadlines lie."""
    rows = _PILES.rows(connection, {"account_id": account_id, "now": now, "stretch": stretch})
    return [Pile(from_microseconds(latest), int(worth), int(number)) for _, worth, number, latest in rows]


def find_in_pile(
    connection: Connection, account_id: int, now: datetime, pile: Pile, stretch: timedelta
) -> list[ReengagementKey]:
    """As many of a pile's plans as its number says."""
    values = {
        "account_id": account_id,
        "now": now,
        "worth": pile.worth,
        "latest": pile.deadline_at,
        "stretch": stretch,
        "limit": pile.number,
    }
    rows = _OF_PILE.rows(connection, values)
    return [ReengagementKey(account_id, int(contact), from_microseconds(at)) for contact, at in rows]
