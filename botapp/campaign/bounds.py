"""Reading what bounds a rule: `start`, `end`, `calendar`, `hold_out`, `objective`, `target` and `value`."""

from datetime import UTC, datetime

from botapp.campaign.fields import Fields
from botapp.policy.bounds import Goal, Objective, Period
from botapp.policy.calendar import EVERY_DAY, Calendar, read_calendar

_MOST_HELD_OUT_PERCENT = 50
_ALL_PERCENT = 100
_DEFAULT_TARGET_PERCENT = 10
_HOW = "write an instant with its zone, such as 2026-12-01T08:00:00+01:00"


def read_period(fields: Fields) -> Period:
    """Either end may be missing."""
    start, end = _read_instant(fields, "start"), _read_instant(fields, "end")
    if start is not None and end is not None and end <= start:
        fields.refuse("end", "is not after the start")
    return Period(start, end)


def read_hold_out_percent(fields: Fields) -> int:
    """How many of a hundred people are held out; 0 if none is."""
    percent = fields.integer("hold_out", default=0)
    if not 0 <= percent <= _MOST_HELD_OUT_PERCENT:
        fields.refuse("hold_out", f"is {percent}; write a percentage from 0 to {_MOST_HELD_OUT_PERCENT}")
    return percent


def read_objective(fields: Fields) -> Objective | None:
    """None if the rule says none; a target alone has nothing to aim at."""
    if not fields.has("objective"):
        return None
    goal = fields.choice("objective", tuple(Goal), default=Goal.RESPONSE)
    target = fields.integer("target", default=_DEFAULT_TARGET_PERCENT)
    if not 1 <= target <= _ALL_PERCENT:
        fields.refuse("target", f"is {target}; write a percentage from 1 to {_ALL_PERCENT}")
    value = fields.integer("value", default=0) if fields.has("value") else None
    if value is not None and value < 0:
        fields.refuse("value", f"is {value}; what is reached is worth nothing at least")
    return None if goal is None else Objective(Goal(goal), target, value)


def read_days(fields: Fields) -> Calendar:
    """`calendar`, as lines of RFC 5545; every day without it."""
    lines = fields.take("calendar")
    if lines is None:
        return EVERY_DAY
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        fields.refuse("calendar", 'write a list of lines, such as ["RRULE:FREQ=WEEKLY;BYDAY=MO", "EXDATE:20261228"]')
        return EVERY_DAY
    try:
        return read_calendar(lines)
    except ValueError as error:
        fields.refuse("calendar", str(error))
        return EVERY_DAY


def _read_instant(fields: Fields, key: str) -> datetime | None:
    value = fields.take(key)
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        found = value
    if found is None or (isinstance(found, datetime) and found.tzinfo is not None):
        return None if found is None else found.astimezone(UTC)
    fields.refuse(key, f"is {value!r}; {_HOW}")
    return None
