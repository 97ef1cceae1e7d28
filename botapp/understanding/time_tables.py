"""Reads the [time] tables of config/optout: how a language says when."""

import re
from collections.abc import Mapping
from datetime import date, time, timedelta
from typing import Any

from botapp.durations import parse_duration
from botapp.understanding.calendar_time import CalendarTime
from botapp.understanding.moments import UNITS, WEEKEND, Feast, TimeWords
from botapp.understanding.roles import Role
from botapp.understanding.table import Table

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "weekend", "this_weekend")
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_TIME_LISTS = (
    "until", "after", "wait", "during", "small", "oclock", "am", "pm", "plus", "next_month", "open_ended",
    "day_markers", "ordinals", "since", "to", "half_past", "half_to", "and_half",
)  # fmt: skip
_TIME_TABLES = ("feasts", "numbers", "units", "spans", "days", "weekdays", "dayparts", "months")
_FEAST = re.compile(r"(?:(?P<month>\d\d)-(?P<day>\d\d)|easter(?P<offset>[+-]\d{1,3})?)")
_ANY_YEAR = 2001
TIME_KEYS = {
    "time": {*_TIME_LISTS, *_TIME_TABLES, "compounds", "either_order"},
    "units": set(UNITS),
    "weekdays": set(_WEEKDAYS),
    "months": set(_MONTHS),
}


def time_roles(table: Table) -> dict[str, Role]:
    """What may begin a time; "until" without one begins a clause: "mute until I am back"."""
    roles = dict.fromkeys([*table.entries("until"), *table.entries("after")], Role.TIME | Role.JOIN)
    roles |= dict.fromkeys(table.entries("wait"), Role.TIME | Role.JOIN | Role.AGAIN)
    tables = ("numbers", "spans", "days", "dayparts", "feasts")
    begins = [*table.entries("during"), *(entry for name in tables for entry, _ in table.table(name).items())]
    begins += table.table("weekdays").lists(_WEEKDAYS)
    begins += [*table.entries("next_month"), *_compounds(table)]
    begins += table.table("months").lists(_MONTHS)
    return roles | {entry: Role.TIME for entry in begins if entry not in roles}


def load_times(table: Table) -> TimeWords:
    units = table.table("units")
    lists = {name: table.phrases(name) for name in _TIME_LISTS}
    return TimeWords(
        numbers=table.meaning(_counts(table.table("numbers"), least=1)),
        units=table.meaning({entry: UNITS[unit] for unit, _ in units.items() for entry in units.entries(unit)}),
        spans=table.meaning(load_spans(table.table("spans"))),
        days=table.meaning(_counts(table.table("days"), least=0)),
        weekdays=table.meaning(table.table("weekdays").lists(_WEEKDAYS)),
        dayparts=table.meaning(_clocks(table.table("dayparts"))),
        compounds=table.meaning(_compounds(table)),
        feasts=table.meaning(_feasts(table.table("feasts"))),
        is_either_order=table.flag("either_order"),
        months=table.meaning({e: number + 1 for e, number in table.table("months").lists(_MONTHS).items()}),
        **lists,
    )


def number_words(languages: Mapping[str, Mapping[str, Any]]) -> frozenset[str]:
    """The words of all languages that count two or more, as [time.numbers] of the parsed files writes them."""
    tables = (language.get("time", {}).get("numbers", {}) for language in languages.values())
    return frozenset(word for table in tables for word, count in table.items() if count > 1)


def _compounds(table: Table) -> dict[str, tuple[int, time]]:
    """Weekday and part of the day in one word, in languages that write them so: "Sonntagabend"."""
    if not table.flag("compounds"):
        return {}
    dayparts = _clocks(table.table("dayparts"))
    weekdays = {day: number for day, number in table.table("weekdays").lists(_WEEKDAYS).items() if number < WEEKEND}
    return {
        day + part: (number, clock)
        for day, number in weekdays.items()
        for part, clock in dayparts.items()
        if " " not in day + part
    }


def _counts(numbers: Table, *, least: int) -> dict[str, int]:
    counts: dict[str, int] = {}
    for entry, count in numbers.items():
        if not isinstance(count, int) or count < least:
            raise ValueError(f"{numbers.where}: {entry!r} must be a whole number from {least}")
        counts[entry] = count
    return counts


def _feasts(table: Table) -> dict[str, Feast]:
    """Days by name: "12-25/12-26" from its first to its last, "easter-2/easter+1" counted from Easter Sunday."""
    feasts: dict[str, Feast] = {}
    for entry, written in table.items():
        first, _, last = written.partition("/") if isinstance(written, str) else ("", "", "")
        try:
            feasts[entry] = Feast(_day_of_year(first, later=0), _day_of_year(last or first, later=1))
        except ValueError as error:
            raise ValueError(f"{table.where}: {entry!r}: {written!r} is no day of the year") from error
    return feasts


def _day_of_year(written: str, later: int) -> CalendarTime:
    match = _FEAST.fullmatch(written)
    if match is None:
        raise ValueError(written)
    if match["month"] is None:
        return CalendarTime(from_easter=int(match["offset"] or 0) + later)
    day = date(_ANY_YEAR, int(match["month"]), int(match["day"])) + timedelta(later)
    return CalendarTime(month=day.month, day=day.day)


def load_spans(table: Table) -> dict[str, timedelta]:
    spans: dict[str, timedelta] = {}
    for entry, written in table.items():
        try:
            spans[entry] = parse_duration(written)
        except ValueError as error:
            raise ValueError(f"{table.where}: {entry!r}: {error}") from error
    return spans


def _clocks(table: Table) -> dict[str, time]:
    clocks: dict[str, time] = {}
    for entry, written in table.items():
        try:
            clocks[entry] = time.fromisoformat(written if isinstance(written, str) else "")
        except ValueError as error:
            raise ValueError(f"{table.where}: {entry!r}: {written!r} is not a time of day") from error
    return clocks
