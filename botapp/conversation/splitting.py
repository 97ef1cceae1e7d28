"""Divides a long text into messages that the platform takes, at the ends of paragraphs and sentences. Pure."""

import re
import unicodedata

_BREAKS = (
    re.compile(r"\n\s*\n"),
    re.compile(r"[.!?\u2026\u3002\uff01\uff1f][\"')\]\u00bb\u201d\u2019]*(?=\s)|\n"),
    re.compile(r"\s"),
)
_SHORTEST_SHARE = 3  # a part is cut at a worse place rather than at less than a third of its length
_LONGEST_CLUSTER = 32  # characters that are shown as one
_JOINER = "\u200d"
_BEYOND_PLANE_ZERO = 0xFFFF


def split_text(text: str, longest: int) -> list[str]:
    """The parts, in order; each has at most `longest` UTF-16 units, as platforms count, and none is empty.

    Nothing but the white space between two parts is left out. A word that is too long is cut, but not within what is
    shown as one character.
    """
    parts: list[str] = []
    rest = text.strip()
    while rest:
        end = _end_of_part(rest, longest)
        parts.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return parts


def _end_of_part(text: str, longest: int) -> int:
    most = _reach(text, longest)
    if most == len(text):
        return most
    for pattern in _BREAKS:
        ends = [found.end() for found in pattern.finditer(text, 0, most + 1) if found.end() <= most]
        if ends and ends[-1] * _SHORTEST_SHARE >= most:
            return ends[-1]
    return _before_cluster(text, most)


def _reach(text: str, longest: int) -> int:
    """How many characters fit."""
    units = 0
    for position, character in enumerate(text):
        units += 2 if ord(character) > _BEYOND_PLANE_ZERO else 1
        if units > longest:
            return position
    return len(text)


def _before_cluster(text: str, end: int) -> int:
    """The last place before `end` that is not within what is shown as one character."""
    for place in range(end, max(end - _LONGEST_CLUSTER, 0), -1):
        joins = text[place] == _JOINER or text[place - 1] == _JOINER or unicodedata.category(text[place])[0] == "M"
        if not joins:
            return place
    return end
