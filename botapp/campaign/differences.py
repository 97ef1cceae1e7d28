"""The difference between two texts, word by word."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from botapp.policy.wording import Wording

_PIECE = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words that both texts have ("same"), only the older ("gone"), or only the newer ("new")."""

    kind: str
    text: str


def in_full(wording: Wording) -> str:
    """All of a wording as lines to read: the text, then what can be tapped and seen, one a line."""
    parts = wording.parts
    lines = [wording.text]
    lines += [f"[{title}]" for title in parts.quick_replies]
    lines += [f"[{b.title}: {b.url}]" if b.url else f"[{b.title}]" for b in parts.buttons]
    lines += [f"(picture: {parts.image})"] if parts.image else []
    return "\n".join(lines)


def differences(older: str, newer: str) -> list[Piece]:
    """What became of the older text; put together, "same" and "new" are the newer one."""
    return list(_pieces(_PIECE.findall(older), _PIECE.findall(newer)))


def _pieces(older: list[str], newer: list[str]) -> Iterator[Piece]:
    for what, i, j, k, m in SequenceMatcher(None, older, newer, autojunk=False).get_opcodes():
        if what == "equal":
            yield Piece("same", "".join(older[i:j]))
            continue
        if i < j:
            yield Piece("gone", "".join(older[i:j]))
        if k < m:
            yield Piece("new", "".join(newer[k:m]))
