"""An entry as a page shows it: with its words, and with the details that it holds."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from botapp.console.compliance.words import Words, reason_in_words, words_of
from botapp.storage.entries import StoredEntry
from botapp.storage.times import from_microseconds

_INSTANTS = ("_at", "_before", "until", "since")
_DURATIONS = frozenset({"window", "send_allowance", "cool_down", "cap_period", "day", "within"})
_SPANS = frozenset({"day", "period"})  # as lists: from when to when; without an end for good
# What a decision saw is on the entry's own page; in lists it would drown the rest.
_TOLD_IN_LISTS = frozenset(
    {
        "account",
        "anchor",
        "basis",
        "by",
        "cap",
        "claimed_at",
        "due_at",
        "entries",
        "error",
        "form",
        "ignored_cap",
        "is_whole",
        "kind",
        "method",
        "name",
        "owner",
        "reachable",
        "rule",
        "scope",
        "standby",
        "state",
        "until",
        "version",
        "window",
        "wording_version",
    }
)


@dataclass(frozen=True, slots=True)
class ShownEntry:
    entry: StoredEntry
    words: Words
    reason: str
    details: Mapping[str, object]  # instants and durations as such, the rest as it is to be read

    @property
    def happened_at(self) -> datetime:
        """When it happened; where nobody can tell, when it was recorded."""
        return self.entry.occurred_at or self.entry.recorded_at

    @property
    def brief(self) -> Mapping[str, object]:
        """The details that a list has room for."""
        return {name: value for name, value in self.details.items() if name in _TOLD_IN_LISTS and value is not None}


def show(entry: StoredEntry) -> ShownEntry:
    """The entry with its words."""
    return ShownEntry(entry, words_of(entry.kind), reason_in_words(entry.reason), read_details(entry.details))


def read_details(written: str) -> dict[str, object]:
    """The details of an entry as the log holds them: JSON, instants and durations in microseconds or in ISO form."""
    return {name: _readable(name, value) for name, value in json.loads(written).items()}


def _readable(name: str, value: object) -> object:
    if isinstance(value, dict):
        return ", ".join(f"{_spaced(inner)} {_written(_readable(inner, each))}" for inner, each in value.items())
    if isinstance(value, list) and name in _SPANS:
        return " to ".join(_written(from_microseconds(at)) for at in value if at is not None)
    if isinstance(value, list):
        return ", ".join(_written(_readable(name, each)) for each in value)
    if isinstance(value, int) and not isinstance(value, bool):
        return _measured(name, value)
    return _instant(value) if isinstance(value, str) and name.endswith(_INSTANTS) else value


def _measured(name: str, value: int) -> object:
    if name.endswith(_INSTANTS):
        return from_microseconds(value)
    return timedelta(microseconds=value) if name in _DURATIONS else value


def _instant(value: str) -> object:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return value


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:%Y-%m-%d %H:%M:%S}" if isinstance(value, datetime) else str(value)


def _spaced(name: str) -> str:
    return name.replace("_", " ")
