"""The shortest telling of what led to a violation: what concerned that one contact in the days before."""

from dataclasses import fields
from datetime import datetime, timedelta

from botapp.simulation.oracle import Violation
from botapp.simulation.trace import Happening, Staffed, Stored, Trace, Unwell

_BEFORE = timedelta(hours=30)
_AFTER = timedelta(minutes=5)
_MOST_LINES = 40
_LEFT_OUT = frozenset({"at", "since", "page_id", "contact_id", "person", "text"})


def tell(trace: Trace, violation: Violation) -> tuple[str, ...]:
    """Lines in the order in which it happened, the latest ones if there are many."""
    since, until = violation.at - _BEFORE, violation.at + _AFTER
    mids = {
        mid
        for happening in trace.happenings
        if getattr(happening, "contact_id", None) == violation.contact_id
        and (mid := getattr(happening, "mid", None)) is not None
    }
    lines = [
        _line(happening)
        for happening in trace.happenings
        if since <= _at(happening) <= until and _concerns(happening, violation, mids)
    ]
    return tuple(lines[-_MOST_LINES:])


def _at(happening: Happening) -> datetime:
    return happening.since if isinstance(happening, Unwell) else happening.at


def _concerns(happening: Happening, violation: Violation, mids: set[str]) -> bool:
    if isinstance(happening, Staffed | Unwell):
        return happening.page_id in (None, violation.page_id)
    if isinstance(happening, Stored):
        return not mids.isdisjoint(happening.mids)
    return getattr(happening, "contact_id", None) == violation.contact_id


def _line(happening: Happening) -> str:
    told = []
    for column in fields(happening):
        value = getattr(happening, column.name)
        if column.name not in _LEFT_OUT and value not in (None, "", False, ()):
            told.append(f"{column.name}={value.isoformat() if isinstance(value, datetime) else value}")
    return f"{_at(happening).isoformat()} {type(happening).__name__.lower()} {' '.join(told)}"
