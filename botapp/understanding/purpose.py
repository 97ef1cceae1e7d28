"""Whether the words of a message fit the purpose that it is said to have. Data in config/purposes.toml."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

PROMOTIONAL = "promotional"
_SIGNS = "signs"
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class PurposeWords:
    """What advertises. Immutable; share one."""

    phrases: re.Pattern[str]
    signs: tuple[str, ...]


def load_purpose_words(tables: Mapping[str, Sequence[str]]) -> PurposeWords:
    """From the lists by language, and the signs."""
    entries = sorted({entry for name, listed in tables.items() if name != _SIGNS for entry in listed})
    phrases = "|".join(_pattern(entry) for entry in entries)
    return PurposeWords(re.compile(rf"(?<!\w)(?:{phrases})(?!\w)"), tuple(map(_folded, tables.get(_SIGNS, ()))))


def advertising(text: str, purpose: str, words: PurposeWords) -> str | None:
    """The words that advertise in a text that is not said to; None if there are none."""
    if purpose == PROMOTIONAL:
        return None
    folded = _folded(text)
    sign = next((sign for sign in words.signs if sign in folded), None)
    found = words.phrases.search(" ".join(_WORD.findall(folded)))
    return sign or (found.group() if found else None)


def _pattern(entry: str) -> str:
    words = entry.split()
    return " ".join(re.escape(word.removesuffix("*")) + (r"\w*" if word.endswith("*") else "") for word in words)


def _folded(text: str) -> str:
    """Small letters without accents, so that spelling is no way around."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in plain if not unicodedata.combining(character))
