"""Reads lists of people who do not want to hear from us, line by line: CSV with a line of names first."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from botapp.policy.suppression import COMPLAINT, MUTE, NOTICES, STOP, TOPIC

COLUMNS = ("contact", "scope", "until", "at")
_CONTACT = re.compile(r"[A-Za-z0-9_-]{1,200}\Z", re.ASCII)
_SCOPES = frozenset({STOP, MUTE, TOPIC, NOTICES, COMPLAINT})
_LONGEST_TOPIC = 18
_GUARD = "'"  # before what a spreadsheet would run, as our own lists have it


class ListError(Exception):
    """A list that cannot be read at all; nothing of it was looked at."""


@dataclass(frozen=True, slots=True)
class No:
    """One line: who, what they do not want, until when (None: until they say otherwise), and since when (None: now)."""

    line: int
    contact: str
    scope: str = STOP
    until: datetime | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that does not fit, and what would. It never repeats what stands there."""

    line: int
    detail: str


def read_noes(lines: Iterable[str]) -> Iterator[No | Fault]:
    """One for each line that is not empty, in constant memory. Raises ListError where the first names no columns."""
    rows = _Rows(lines)
    return _noes(_names(rows), rows)


class _Rows:
    """Of CSV; one that is none is an error, and the next is read all the same."""

    def __init__(self, lines: Iterable[str]) -> None:
        # Some readers of CSV stop at a NUL; nothing that fits holds one.
        self._reader = csv.reader((line.replace("\0", "\ufffd") for line in lines), strict=True)

    @property
    def line(self) -> int:
        return self._reader.line_num

    def read(self) -> list[str] | None:
        """The next; None at the end. csv.Error."""
        return next(self._reader, None)


def _noes(names: list[str], rows: _Rows) -> Iterator[No | Fault]:
    while True:
        try:
            row = rows.read()
        except csv.Error:
            yield Fault(rows.line, "is not CSV; put a cell with commas or quotes into double quotes")
            continue
        if row is None:
            return
        if any(cell.strip() for cell in row):
            yield _read(rows.line, names, row)


def _names(rows: _Rows) -> list[str]:
    try:
        names = [cell.removeprefix("\ufeff").strip().lower() for cell in rows.read() or ()]
    except csv.Error:
        names = []
    if "contact" not in names or set(names) - set(COLUMNS) or len(set(names)) < len(names):
        raise ListError(
            "The first line names the columns: contact, and those of scope, until and at that there are,"
            " with commas between them."
        )
    return names


def _read(line: int, names: list[str], row: list[str]) -> No | Fault:
    if len(row) != len(names):
        return Fault(line, f"has {len(row)} cells; the first line names {len(names)}")
    cells = {name: cell.strip().removeprefix(_GUARD) for name, cell in zip(names, row, strict=True)}
    if not _CONTACT.match(cells["contact"]):
        return Fault(line, "contact: write the platform's id of the person: letters, digits, '-' and '_'")
    scope = cells.get("scope") or STOP
    if not _is_scope(scope):
        return Fault(line, f"scope: write one of {', '.join(sorted(_SCOPES))}, or topic:NAME; empty is {STOP}")
    try:
        until, at = _instant(cells, "until"), _instant(cells, "at")
    except ValueError:
        return Fault(line, "until, at: write RFC 3339 with a zone, such as 2026-11-22T10:15:00Z, or nothing")
    if until is not None and scope != MUTE:
        return Fault(line, f"until: only a {MUTE} ends by itself")
    return No(line, cells["contact"], scope, until, at)


def _is_scope(scope: str) -> bool:
    topic = scope.removeprefix(f"{TOPIC}:")
    return scope in _SCOPES or (topic != scope and 0 < len(topic) <= _LONGEST_TOPIC and topic.isprintable())


def _instant(cells: Mapping[str, str], name: str) -> datetime | None:
    """In UTC. ValueError for what is no instant, or has no zone."""
    written = cells.get(name, "")
    if not written:
        return None
    at = datetime.fromisoformat(written)
    if at.tzinfo is None:
        raise ValueError(name)
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError(name) from None
