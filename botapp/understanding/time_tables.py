"""Reads the [time] tables of config/optout: how a language says when."""

from collections.abc import Mapping
from datetime import time, timedelta
from typing import Any

from botapp.durations import parse_duration
from botapp.understanding.moments import UNITS, TimeWords
from botapp.understanding.roles import Role
from botapp.understanding.table import Table

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_TIME_LISTS = ("until", "during", "small", "oclock", "am", "pm", "plus", "next_month")
TIME_KEYS = {
    "time": {*_TIME_LISTS, "compounds", "numbers", "units", "spans", "days", "weekdays", "dayparts", "months"},
    "units": set(UNITS),
    "weekdays": set(_WEEKDAYS),
    "months": set(_MONTHS),
}


def time_roles(table: Table) -> dict[str, Role]:
    """What may begin a time; "until" without one begins a clause: "mute until I am back"."""
    roles = dict.fromkeys(table.entries("until"), Role.TIME | Role.JOIN)
    tables = ("numbers", "spans", "days", "dayparts")
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
    weekdays = table.table("weekdays").lists(_WEEKDAYS)
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
