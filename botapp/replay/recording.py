"""A recorded chat: JSON lines with `timestamp_ms`, `speaker`, `role` (customer or staff), `text`, perhaps `to`."""

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

_CUSTOMER, _STAFF = "customer", "staff"
_LONGEST_NAME = 100
_LATEST_MS = 4_102_444_800_000  # the year 2100
_FEWEST_DIGITS = 10**15


class ReplayError(Exception):
    """The chat cannot be played; the message says where it stands and what to do."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the chat. `customer` is the name of whom it concerns: who wrote it, or to whom staff wrote."""

    number: int  # from 1, as editors count
    at_ms: int
    customer: str
    from_staff: bool
    text: str

    @property
    def contact_id(self) -> str:
        """Always the same for the same name, and of the platform's form."""
        return contact_id(self.customer)


def contact_id(speaker: str) -> str:
    """The id under which a speaker writes to us."""
    return str(_FEWEST_DIGITS + int.from_bytes(sha256(speaker.encode()).digest()[:6]))


def read_recording(path: Path) -> list[Line]:
    """The lines that concern a customer, in the file's order. Raises ReplayError naming file, line and key."""
    lines: list[Line] = []
    try:
        content = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ReplayError(f"{path}: cannot be read: {error}") from None
    for number, written in enumerate(content.split("\n"), 1):
        if written.strip():
            line = _read_line(f"{path}: line {number}", number, written, lines)
            if line is not None:
                lines.append(line)
    if all(line.from_staff for line in lines):
        raise ReplayError(f'{path}: no line has role "{_CUSTOMER}"; there is nothing to play')
    return lines


def _read_line(where: str, number: int, written: str, before: list[Line]) -> Line | None:
    try:
        fields = json.loads(written)
    except (ValueError, RecursionError):
        raise ReplayError(f"{where}: is not JSON; write one object on each line") from None
    if not isinstance(fields, dict):
        raise ReplayError(f"{where}: is not a JSON object")
    role = _take(where, fields, "role", str)
    if role not in (_CUSTOMER, _STAFF):
        raise ReplayError(f'{where}: role: is {role!r}; write "{_CUSTOMER}" or "{_STAFF}"')
    at_ms = _take(where, fields, "timestamp_ms", int)
    if not 0 < at_ms < _LATEST_MS:
        raise ReplayError(f"{where}: timestamp_ms: is {at_ms}; write milliseconds since 1970")
    speaker = _take(where, fields, "speaker", str)
    if not 0 < len(speaker) <= _LONGEST_NAME:
        raise ReplayError(f"{where}: speaker: must have 1 to {_LONGEST_NAME} characters")
    text = _take(where, fields, "text", str)
    customer = speaker if role == _CUSTOMER else _addressee(fields.get("to"), before)
    return Line(number, at_ms, customer, role == _STAFF, text) if customer else None


def _take(where: str, fields: dict[str, Any], key: str, kind: type) -> Any:  # noqa: ANN401  of the kind asked for
    value = fields.get(key)
    if isinstance(value, kind) and not isinstance(value, bool):
        return value
    wanted = "a whole number" if kind is int else "a text"
    # The value itself may be what a person wrote: it stays out of the message.
    raise ReplayError(f"{where}: {key}: {'is missing' if value is None else 'has the wrong type'}; write {wanted}")


def _addressee(to: object, before: list[Line]) -> str | None:
    """Whom staff answered: who is named, if that is a customer, otherwise who wrote last; None before anybody did."""
    customers = [line.customer for line in before if not line.from_staff]
    if isinstance(to, str) and to in customers:
        return to
    return customers[-1] if customers else None
