"""Message templates: text with placeholders, filled by substitution and nothing else."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from botapp.policy.reason import Reason

# "{{" and "}}" stand for braces; "{name}" or "{name|fallback}" for a value. No logic, no attributes, no nesting.
_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}|]*)(?:\|([^{}]*))?\}|[{}]")
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
# As other tools write placeholders; it would be sent as it stands. Three braces are a value in braces.
_TWICE_BRACED = re.compile(r"(?<!\{)\{\{\s*([A-Za-z][A-Za-z0-9_.]*)\s*(?:\|[^{}]*)?\}\}(?!\})")
_LONGEST_VALUE = 100
# Controls that databases and screens choke on, and those that turn the direction of the text that follows.
_UNWELCOME = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Unrenderable:
    """Why a text cannot be filled for this person."""

    reason: Reason


def faults(text: str, known_names: frozenset[str]) -> list[str]:
    """What is wrong with a template's text, in words for its author; empty if nothing is."""
    found = []
    for token in _TOKEN.finditer(text):
        name = token.group(1)
        if token.group(0) in ("{", "}"):
            found.append(f"a lone {token.group(0)!r} at character {token.start() + 1}; write it twice for a brace")
        elif name is not None and not _NAME.match(name):
            found.append(f"{token.group(0)!r} is not a placeholder; write {{name|fallback}}")
        elif name is not None and name not in known_names:
            found.append(f"unknown placeholder {name!r}; known are {', '.join(sorted(known_names))}")
    twice = _TWICE_BRACED.finditer(text)
    found += [f"{t.group(0)!r} would be sent as it stands; write {{{t.group(1)}}} with single braces" for t in twice]
    return found


def names(text: str) -> frozenset[str]:
    """What the placeholders of a text name."""
    return frozenset(name for token in _TOKEN.finditer(text) if (name := token.group(1)))


def without_values(text: str) -> str:
    """A text with every placeholder at its fallback."""
    return _TOKEN.sub(lambda token: _fill(token, {}) or "", text)


def render(text: str, values: Mapping[str, str], limit: int) -> str | Unrenderable:
    """The text for one person, or why not. A value is one line, bounded, and never read as a placeholder itself."""
    missing = False

    def fill(token: re.Match[str]) -> str:
        nonlocal missing
        filled = _fill(token, values)
        missing = missing or filled is None
        return filled or ""

    rendered = _TOKEN.sub(fill, text).strip()
    if missing or not rendered:
        return Unrenderable(Reason.MISSING_FACT)
    if len(rendered) >= limit:
        return Unrenderable(Reason.TEXT_TOO_LONG)
    return rendered


def _fill(token: re.Match[str], values: Mapping[str, str]) -> str | None:
    name, fallback = token.group(1), token.group(2)
    if name is None:
        return token.group(0)[0]
    value = " ".join(_UNWELCOME.sub("", values.get(name, "")).split())[:_LONGEST_VALUE]
    return value or fallback
