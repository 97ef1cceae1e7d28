"""The difference between two texts, word by word."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

_PIECE = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words that both texts have ("same"), only the older ("gone"), or only the newer ("new")."""

    kind: str
    text: str


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
