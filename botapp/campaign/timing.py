"""Reading when a rule sends: `delay`, or `timing`, and its quiet hours."""

from collections.abc import Mapping
from datetime import time, timedelta
from typing import Any

from botapp.campaign.fields import Fields
from botapp.durations import parse_duration
from botapp.policy.quiet_hours import QuietHours
from botapp.policy.timing import Timing

_HOW_TO_TIME = 'write delay = "23h", or timing = { at = "08:00", or_after = "23h" }, with usual = true beside or for at'
_KEYS = frozenset({"at", "usual", "or_after", "at_least"})
_LONGEST = timedelta(days=31)
_HOW_TO_BE_QUIET = 'write it like "21:00-08:00"'


def read_timing(fields: Fields) -> Timing | None:
    """Either key, not both: "8 in the morning or 23 h after" is { at = "08:00", or_after = "23h" }.

    With `usual = true` that is for those whose usual hours are not known.
    """
    delay, timing = fields.take("delay"), fields.take("timing")
    if (delay is None) == (timing is None):
        fields.refuse("delay", f"give either delay or timing; {_HOW_TO_TIME}")
        return None
    if timing is None:
        found = _duration(fields, "delay", delay)
        return Timing(found) if found is not None else None
    return _read_table(fields, timing)


def read_quiet_hours(fields: Fields) -> QuietHours | None:
    """The customer's local hours in which nothing goes out; None without any."""
    value = fields.take("quiet_hours")
    if value is None:
        return None
    ends = _quiet_ends(value)
    if ends is None or ends[0] == ends[1]:
        fields.refuse("quiet_hours", f"is {value!r}; {_HOW_TO_BE_QUIET}, with two different times")
        return None
    return QuietHours(*ends)


def _read_table(fields: Fields, timing: object) -> Timing | None:
    if not isinstance(timing, dict) or not _is_complete(timing):
        fields.refuse("timing", f'is {timing!r}; {_HOW_TO_TIME}; at_least = "1h" may be added')
        return None
    at = _time_of_day(timing["at"]) if "at" in timing else None
    if at is None and "at" in timing:
        fields.refuse("timing.at", f'is {timing["at"]!r}; write a time of day like "08:00"')
    or_after = _duration(fields, "timing.or_after", timing["or_after"])
    least = _duration(fields, "timing.at_least", timing.get("at_least", "0s"))
    if or_after is None or least is None or (at is None and "at" in timing):
        return None
    return Timing(or_after, at, least, usual=timing.get("usual", False))


def _is_complete(timing: Mapping[str, Any]) -> bool:
    """Not only a delay: that has a key of its own."""
    is_said = timing.get("usual", False) is True or ("at" in timing and "usual" not in timing)
    return is_said and "or_after" in timing and timing.keys() <= _KEYS


def _duration(fields: Fields, key: str, value: object) -> timedelta | None:
    try:
        found = parse_duration(value)
    except ValueError as error:
        fields.refuse(key, str(error))
        return None
    if found > _LONGEST:
        fields.refuse(key, f"is {value!r}, longer than any window; at most {_LONGEST.days} days can be read")
        return None
    return found


def _quiet_ends(value: object) -> tuple[time, time] | None:
    if isinstance(value, str):
        start, _, end = value.partition("-")
    elif isinstance(value, Mapping) and value.keys() in ({"from", "to"}, {"start", "end"}):
        start, end = _texts(value)
    else:
        return None
    from_time, to_time = _time_of_day(start.strip()), _time_of_day(end.strip())
    return (from_time, to_time) if from_time and to_time else None


def _texts(value: Mapping[str, Any]) -> tuple[str, str]:
    return str(value.get("from", value.get("start"))), str(value.get("to", value.get("end")))


def _time_of_day(value: object) -> time | None:
    if isinstance(value, time):  # TOML has local times of its own
        return value if value.tzinfo is None else None
    try:
        found = time.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found and found.tzinfo is None else None
