"""What the platform's headers say about limits and time (platform-reference 2.6). Rubbish in them is ignored."""

import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from botapp.channels.messenger.json_body import decode

_USAGE_HEADERS = ("X-App-Usage", "X-Page-Usage", "X-Business-Use-Case-Usage")
_PERCENTAGES = ("call_count", "total_time", "total_cputime")
_REGAIN_MINUTES = "estimated_time_to_regain_access"
_GREATEST_FIGURE = 1e9  # JSON knows whole numbers that no float can hold
_LONGEST_WAIT_SECONDS = 24 * 3600.0  # a longer one is rubbish, or nothing that waiting helps


def read_usage_percent(headers: Mapping[str, str]) -> float:
    """The highest of all usage figures; 0 without any."""
    figures = (figure for use in _uses(headers) for figure in _numbers(use, _PERCENTAGES))
    return max(figures, default=0.0)


def read_wait_seconds(headers: Mapping[str, str]) -> float | None:
    """How long the platform asks us to wait: Retry-After, else the time until access is regained."""
    wait_seconds = _read_retry_after(headers)
    if wait_seconds is None:
        minutes = [minutes for use in _uses(headers) for minutes in _numbers(use, (_REGAIN_MINUTES,))]
        wait_seconds = max(minutes, default=0.0) * 60 or None
    return None if wait_seconds is None else min(wait_seconds, _LONGEST_WAIT_SECONDS)


def read_platform_now(headers: Mapping[str, str]) -> datetime | None:
    """The platform's clock, from its Date header, in UTC and whole seconds."""
    return _read_http_date(headers.get("Date", ""))


def _read_retry_after(headers: Mapping[str, str]) -> float | None:
    written = headers.get("Retry-After", "").strip()
    if written.isascii() and written.isdigit():
        return float(written)
    until, now = _read_http_date(written), read_platform_now(headers)
    if until is None or now is None:
        return None
    return max((until - now).total_seconds(), 0.0)


def _read_http_date(written: str) -> datetime | None:
    try:
        instant = parsedate_to_datetime(written)
        # "-0000" comes out naive; HTTP dates are UTC in any case.
        return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _uses(headers: Mapping[str, str]) -> Iterator[Mapping[str, object]]:
    """The records of figures: a header holds one, or lists of them by business object."""
    for name in _USAGE_HEADERS:
        content = decode(headers[name].encode()) if name in headers else None
        if not isinstance(content, dict):
            continue
        yield content
        lists = (value for value in content.values() if isinstance(value, list))
        yield from (use for uses in lists for use in uses if isinstance(use, dict))


def _numbers(use: Mapping[str, object], keys: tuple[str, ...]) -> Iterator[float]:
    for key in keys:
        value = use.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf:
            yield float(min(value, _GREATEST_FIGURE))
