"""What the platform's error numbers ask of us, read from the rows of config/platforms.toml (platform-reference 2.5)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from botapp.channels.port import ErrorClass

# From here on a number means the same wherever it stands: documented as a code, it may arrive as a subcode of
# 10 or 100, and the other way round. Smaller ones (99, 460 …) mean something only beside their partner.
_SMALLEST_UNMISTAKABLE_NUMBER = 1_000_000

_DELIVERED = {"no": True, "unknown": False}
_KEYS = {"code", "last_code", "subcode", "class", "delivered", "meaning"}


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """One documented error. A `last_code` makes it a range of codes, without subcodes."""

    code: int
    subcode: int | None
    error_class: ErrorClass
    certainly_not_delivered: bool
    meaning: str  # our words, for staff
    last_code: int | None = None


class ErrorTable:
    """All documented errors of one platform."""

    def __init__(self, rows: Iterable[ErrorRow]) -> None:
        """Raises ValueError if two rows say different things about one number."""
        self._by_pair: dict[tuple[int, int | None], ErrorRow] = {}
        self._by_number: dict[int, ErrorRow] = {}
        self._ranges: list[ErrorRow] = []
        for row in rows:
            self._add(row)

    def classify(self, code: int, subcode: int | None) -> ErrorRow | None:
        """The row that fits best: the pair, an unmistakable number in either place, the code, a range; or None."""
        return (
            self._by_pair.get((code, subcode))
            or self._by_number.get(subcode or 0)
            or self._by_number.get(code)
            or self._by_pair.get((code, None))
            or next((row for row in self._ranges if row.code <= code <= (row.last_code or 0)), None)
        )

    def _add(self, row: ErrorRow) -> None:
        if row.last_code is not None:
            self._ranges.append(row)
            return
        if self._by_pair.setdefault((row.code, row.subcode), row) is not row:
            raise ValueError(f"errors: {row.code}/{row.subcode} stands there twice; keep one row")
        number = row.subcode or row.code
        if number >= _SMALLEST_UNMISTAKABLE_NUMBER:
            first = self._by_number.setdefault(number, row)
            if (first.error_class, first.certainly_not_delivered) != (
                row.error_class,
                row.certainly_not_delivered,
            ):
                raise ValueError(f"errors: the rows with {number} disagree; give them one class and delivered")


def read_error_table(rows: object) -> ErrorTable:
    """The table from the `errors` rows of a platform. Raises ValueError naming row and key."""
    if not isinstance(rows, list) or not rows:
        raise ValueError("errors: no rows; write them as [[<platform>.errors]]")
    return ErrorTable(_read_row(row, place) for place, row in enumerate(rows, start=1))


def _read_row(row: object, place: int) -> ErrorRow:
    where = f"errors row {place}"
    if not isinstance(row, Mapping) or row.keys() - _KEYS:
        raise ValueError(f"{where}: write a table with the keys {', '.join(sorted(_KEYS))}")
    code = _read_number(row, "code", where)
    if code is None:
        raise ValueError(f"{where}, code: missing; write a whole number")
    return ErrorRow(
        code=code,
        subcode=_read_number(row, "subcode", where),
        error_class=ErrorClass(_read_choice(row, "class", [known.value for known in ErrorClass], where)),
        certainly_not_delivered=_DELIVERED[_read_choice(row, "delivered", list(_DELIVERED), where)],
        meaning=str(row.get("meaning", "")),
        last_code=_read_number(row, "last_code", where),
    )


def _read_number(row: Mapping[str, object], key: str, where: str) -> int | None:
    value = row.get(key)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value > 0):
        return value
    raise ValueError(f"{where}, {key}: {value!r} is not a whole number above 0")


def _read_choice(row: Mapping[str, object], key: str, choices: list[str], where: str) -> str:
    value = row.get(key)
    if isinstance(value, str) and value in choices:
        return value
    raise ValueError(f"{where}, {key}: {value!r} is unknown; write one of {', '.join(choices)}")
