"""Single values out of JSON that may hold anything anywhere: ids, texts, labels, words for kinds."""

import re
from typing import TypeAlias

JsonObject: TypeAlias = dict[str, object]

ID_LIMIT = 200
TEXT_LIMIT = 8_000
PAYLOAD_LIMIT = 2_000
_WORD_LIMIT = 60

_SMALLEST_LONG_ID = 10**ID_LIMIT
# PostgreSQL cannot hold NUL, and UTF-8 no lone surrogate.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_NOT_IN_WORDS = re.compile(r"[^a-z0-9_.-]")


class UnreadableError(Exception):
    """This one item cannot be read; `reason` is a short snake_case word for the count."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read_object(value: object) -> JsonObject | None:
    return value if isinstance(value, dict) else None


def required_object(value: object, name: str) -> JsonObject:
    """`value` as an object; raises UnreadableError naming the field when it is anything else."""
    if isinstance(value, dict):
        return value
    raise UnreadableError(f"{name}_not_object")


def read_id(value: object) -> str | None:
    """An id given as text or as a number; None when there is none. Raises UnreadableError over 200 characters.

    An id is never cut: two cut ids could be the same, and one person would get the other's messages.
    """
    if isinstance(value, str):
        text = _UNSTORABLE.sub("\ufffd", value.strip())
        if len(text) > ID_LIMIT:
            raise UnreadableError("id_too_long")
        return text or None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        return None
    if value >= _SMALLEST_LONG_ID:
        raise UnreadableError("id_too_long")
    return str(value)


def read_text(value: object, limit: int) -> str | None:
    """Non-empty text of at most `limit` characters that any database can hold; None for anything else."""
    if not isinstance(value, str) or not value:
        return None
    return _UNSTORABLE.sub("\ufffd", value[:limit])


def read_label(value: object) -> str | None:
    """A short value that may come as text or as a number (a ref, an ad id, a timestamp), as text."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _SMALLEST_LONG_ID:
        return str(value)
    return read_text(value, PAYLOAD_LIMIT)


def read_word(value: object) -> str:
    """The platform's word as part of a kind: bounded and of few characters, since kinds are counted."""
    if not isinstance(value, str) or not value:
        return "unknown"
    return _NOT_IN_WORDS.sub("_", value[:_WORD_LIMIT].lower())
