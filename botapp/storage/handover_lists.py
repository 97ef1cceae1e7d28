"""Lists and figures of hand-overs, for people who look at them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, UnaryExpression, and_, func, select

from botapp.storage.handovers import NAMES, Handover, HandoverState, Outcome, read_handover
from botapp.storage.schema import contact, handover


@dataclass(frozen=True, slots=True)
class Listed:
    """One with what a list shows of the customer."""

    handover: Handover
    first_name: str | None
    last_name: str | None
    language: str | None
    last_interaction_at: datetime | None


def list_open(connection: Connection, account_ids: Collection[int] | None, limit: int) -> list[Listed]:
    """The open ones of these pages (None: of all), the oldest first."""
    return _listed(connection, account_ids, handover.c.ended_at.is_(None), handover.c.requested_at.asc(), limit)


def list_unanswered(
    connection: Connection, account_ids: Collection[int] | None, since: datetime, limit: int
) -> list[Listed]:
    """Those that ended without an answer since an instant, the latest first."""
    h = handover.c
    is_listed = and_(h.outcome == Outcome.UNANSWERED, h.ended_at >= since)
    return _listed(connection, account_ids, is_listed, h.ended_at.desc(), limit)


def count_open(connection: Connection) -> list[tuple[int, str, int]]:
    """Account, state, how many."""
    h = handover.c
    counted = select(h.account_id, h.state, func.count()).where(h.ended_at.is_(None)).group_by(h.account_id, h.state)
    return [tuple(row) for row in connection.execute(counted)]


def load_waiting_since(connection: Connection, states: Collection[HandoverState]) -> list[datetime]:
    """Since when each waits who is in one of these states and has had no answer."""
    h = handover.c
    found = select(h.requested_at).where(h.ended_at.is_(None), h.answered_at.is_(None), h.state.in_(states))
    return list(connection.execute(found).scalars())


def _listed(
    connection: Connection,
    account_ids: Collection[int] | None,
    condition: ColumnElement[bool],
    order: UnaryExpression[Any],
    limit: int,
) -> list[Listed]:
    c, columns = contact.c, [handover.c[name] for name in NAMES]
    same = and_(c.account_id == handover.c.account_id, c.id == handover.c.contact_id)
    found = select(*columns, c.first_name, c.last_name, c.language, c.last_interaction_at).join(contact, same)
    found = found.where(condition)
    if account_ids is not None:
        found = found.where(handover.c.account_id.in_(account_ids))
    rows = connection.execute(found.order_by(order).limit(limit))
    return [Listed(read_handover(*row[: len(NAMES)]), *row[len(NAMES) :]) for row in rows]
