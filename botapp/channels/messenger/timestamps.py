"""The platform's times, which come in milliseconds, sometimes in seconds, sometimes as text."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_MILLISECONDS = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1)
_FIRST_MILLISECONDS = 10**12  # anything smaller is in seconds (platform-reference 1.2)
_MOST_DIGITS = 20


def read_instant(value: object) -> datetime | None:
    """The UTC instant that `value` means; None when it means none. The future is kept: the caller clamps."""
    number = _whole_number(value)
    if number is None or number <= 0:
        return None
    milliseconds = number * 1000 if number < _FIRST_MILLISECONDS else number
    if milliseconds > _LATEST_MILLISECONDS:
        return None
    return _EPOCH + timedelta(milliseconds=milliseconds)


def _whole_number(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, str):
        return _whole_number_in(value.strip())
    return None


def _whole_number_in(digits: str) -> int | None:
    # ASCII first: isdigit() is also true of superscripts, which int() refuses.
    if digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS:
        return int(digits)
    return None
