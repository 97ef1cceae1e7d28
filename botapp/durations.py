"""Durations as people write them: "90s", "4h", "23h30m", "3d", "250ms"."""

import re
from datetime import timedelta

# "(?!s)" keeps the m of "250ms" from being read as minutes.
_WRITTEN = re.compile(
    r"(?:(?P<days>\d{1,9})d)?(?:(?P<hours>\d{1,9})h)?(?:(?P<minutes>\d{1,9})m(?!s))?"
    r"(?:(?P<seconds>\d{1,9})s)?(?:(?P<milliseconds>\d{1,9})ms)?",
    re.ASCII,
)

_UNITS = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1))


def parse_duration(written: object) -> timedelta:
    """Read a duration: whole numbers with d, h, m, s or ms, the greatest unit first, each at most once.

    Raises ValueError, which says what was found and how to write it; the caller adds which key it stood at.
    """
    match = _WRITTEN.fullmatch(written) if isinstance(written, str) else None
    if not match or not match[0]:
        raise ValueError(f'{written!r} is not a duration; write it like "90s", "4h", "23h30m", "3d" or "250ms"')
    numbers = {unit: int(number) for unit, number in match.groupdict().items() if number}
    try:
        return timedelta(**numbers)
    except OverflowError:
        raise ValueError(f"{written!r} is longer than any calendar; write a shorter duration") from None


def write_duration(duration: timedelta) -> str:
    """The same the other way, to the millisecond; what it writes reads as the same duration."""
    rest, parts = duration // timedelta(milliseconds=1), []
    for unit, milliseconds in _UNITS:
        number, rest = divmod(rest, milliseconds)
        if number:
            parts.append(f"{number}{unit}")
    return "".join(parts) or "0s"
