"""The rules of one platform, typed, from its table in config/platforms.toml."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from botapp.channels.messenger.errors import ErrorTable, read_error_table
from botapp.durations import parse_duration


@dataclass(frozen=True, slots=True)
class PlatformRules:
    """Limits count characters and name the first length that is too long where the platform says "under"."""

    window: timedelta
    opening_kinds: frozenset[str]  # one ending in ":" stands for all that begin with it
    text_limit: int
    quick_reply_limit: int
    quick_reply_title_limit: int
    button_limit: int
    button_text_limit: int
    card_line_limit: int
    sends_per_second_ceiling: int
    usage_pause_percent: int
    inbox_app_id: str
    profile_locales: Mapping[str, tuple[str, ...]]  # by language
    errors: ErrorTable


_LOCALE = re.compile(r"[a-z]{2}_[A-Z]{2}")
_NUMBERS = (
    "text_limit",
    "quick_reply_limit",
    "quick_reply_title_limit",
    "button_limit",
    "button_text_limit",
    "card_line_limit",
    "sends_per_second_ceiling",
    "usage_pause_percent",
)
_KEYS = frozenset(PlatformRules.__dataclass_fields__)


def load_platform_rules(
    table: Mapping[str, object], scale: float = 1.0, *, platform: str = "messenger"
) -> PlatformRules:
    """Rules from the platform's own table, durations multiplied by `scale` (`botapp up --day 4m`: 1/360).

    Raises ValueError naming file, key and remedy for a key that is missing, unknown or wrong.
    """
    try:
        _check_keys(table)
        return PlatformRules(
            window=_read_duration(table, "window") * scale,
            opening_kinds=_read_kinds(table, "opening_kinds"),
            inbox_app_id=_read_digits(table, "inbox_app_id"),
            profile_locales=_read_locales(table, "profile_locales"),
            errors=read_error_table(table["errors"]),
            **{key: _read_number(table, key) for key in _NUMBERS},
        )
    except ValueError as error:
        raise ValueError(f"config/platforms.toml [{platform}] {error}") from None


def _check_keys(table: Mapping[str, object]) -> None:
    missing, unknown = _KEYS - table.keys(), table.keys() - _KEYS
    if missing:
        raise ValueError(f"{min(missing)}: missing; restore it from the file that came with botapp")
    if unknown:
        raise ValueError(f"{min(unknown)}: unknown; remove it or correct its spelling")


def _read_duration(table: Mapping[str, object], key: str) -> timedelta:
    try:
        duration = parse_duration(table[key])
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from None
    if not duration:
        raise ValueError(f"{key}: must be longer than nothing")
    return duration


def _read_number(table: Mapping[str, object], key: str) -> int:
    value = table[key]
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    raise ValueError(f"{key}: {value!r} is not a whole number above 0")


def _read_kinds(table: Mapping[str, object], key: str) -> frozenset[str]:
    value = table[key]
    if isinstance(value, list) and value and all(isinstance(kind, str) and kind for kind in value):
        return frozenset(value)
    raise ValueError(f"{key}: write a list of event kinds, at least one")


def _read_digits(table: Mapping[str, object], key: str) -> str:
    value = table[key]
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return value
    raise ValueError(f"{key}: {value!r} is not an id; write its digits in quotes")


def _read_locales(table: Mapping[str, object], key: str) -> dict[str, tuple[str, ...]]:
    value = table[key]
    if not isinstance(value, dict):
        raise ValueError(f'{key}: write a list of locales for each language: en = ["en_US", "en_GB"]')  # noqa: TRY004  a setting
    known: dict[str, tuple[str, ...]] = {}
    for language, locales in value.items():
        if not isinstance(locales, list) or not all(_is_locale(name) for name in locales):
            raise ValueError(f'{key}: {language}: write a list of locales for each language: en = ["en_US", "en_GB"]')
        known[language] = tuple(locales)
    return known


def _is_locale(name: object) -> bool:
    return isinstance(name, str) and _LOCALE.fullmatch(name) is not None
