"""Traits of customers in SQL, as policy/portrait.py has them: those that take more than the contact's own row."""

from datetime import timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Text,
    and_,
    case,
    cast,
    func,
    null,
    or_,
    select,
    true,
    type_coerce,
)

from botapp.policy.portrait import ANSWERED, IGNORED, MOST_REMEMBERED, NEW, RETURNING
from botapp.storage.ledger import EntryKind
from botapp.storage.schema import contact, ledger_entry, reengagement

_MICROSECOND = timedelta(microseconds=1)
_IS_TAKEN_UP = and_(reengagement.c.state == "sent", reengagement.c.taken_up_at.is_not(None))
_MAY_HAVE_ARRIVED = (
    reengagement.c.account_id == contact.c.account_id,
    reengagement.c.contact_id == contact.c.id,
    reengagement.c.claimed_at.is_not(None),
    reengagement.c.state.in_(("claimed", "sent", "unknown")),
)


def customer_type() -> ColumnElement[str]:
    """New until a conversation of theirs has ended and another begun."""
    return case(
        (contact.c.last_interaction_at.is_(None), null()),
        (contact.c.earlier_interaction_at.is_(None), NEW),
        else_=RETURNING,
    )


def messages() -> ColumnElement[str]:
    """How often they interacted, as far as that is remembered."""
    return cast(select(func.count()).select_from(_instants().subquery()).scalar_subquery(), Text)


def conversations(window_length: timedelta) -> ColumnElement[str]:
    """In how many conversations they did; one ends with a window's length of silence."""
    instants = _instants().subquery()
    before = func.lag(instants.c.at).over(order_by=instants.c.at)
    gaps = select(instants.c.at, before.label("before")).subquery()
    begins = or_(gaps.c.before.is_(None), gaps.c.at >= gaps.c.before + window_length // _MICROSECOND)
    return cast(select(func.count()).select_from(gaps).where(begins).scalar_subquery(), Text)


def last_reengagement() -> ColumnElement[str]:
    """Whether the last one that may have arrived was taken up; NULL if there was none."""
    r = reengagement.c
    was_answered = case((_IS_TAKEN_UP, ANSWERED), else_=IGNORED)
    newest = select(was_answered).where(*_MAY_HAVE_ARRIVED).order_by(r.claimed_at.desc()).limit(1)
    return newest.correlate(contact).scalar_subquery()


def reengagements() -> ColumnElement[str]:
    """How many earlier ones may have arrived."""
    return _claims(true())


def responses() -> ColumnElement[str]:
    """How many of those were taken up."""
    return _claims(_IS_TAKEN_UP)


def _instants() -> Select[Any]:
    """The newest instants at which the contact interacted, up to their last one, as many as are remembered."""
    e, at = ledger_entry.c, type_coerce(ledger_entry.c.occurred_at, BigInteger)
    found = (
        select(at.label("at"))
        .distinct()
        .where(
            e.account_id == contact.c.account_id,
            e.contact_id == contact.c.id,
            e.kind == EntryKind.INTERACTION.value,
            e.occurred_at <= contact.c.last_interaction_at,
        )
    )
    return found.order_by(at.desc()).limit(MOST_REMEMBERED).correlate(contact)


def _claims(which: ColumnElement[bool]) -> ColumnElement[str]:
    """How many of the contact's that may have arrived."""
    counted = select(cast(func.count(), Text)).where(*_MAY_HAVE_ARRIVED, which)
    return counted.correlate(contact).scalar_subquery()
