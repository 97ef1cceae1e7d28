"""Cuts a text into what is counted: words, neighbours, words that stand together, and runs of letters within words."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import combinations, pairwise

LONGEST_READ = 1000  # characters; as in understanding.normalise, what comes later tells a story
_APOSTROPHES = dict.fromkeys(map(ord, "'`\u00b4\u2018\u2019\u02bc\u2032"))
_NOT = re.compile(r"\b(ca|do|does|did|is|are|was|were|has|have|had|would|could|should|wo|ai)n['\u2019]?t\b")
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"\w+")
_STEP = re.compile(r"\S+")
_SHORTEST_RUN, _LONGEST_RUN = 2, 5
_MOST_COMBINED = 40  # words; the combinations of more are too many, and a story says less by them
_STEM = 4  # letters: what follows is mostly an ending, in any language
_WORD_MARK = "\x1f"  # so that a word is never the same as a run of letters


def plain(text: str) -> str:
    """The text without case, accents, invisible characters and apostrophes; every digit is a nought."""
    lowered = _NOT.sub(r"\1 not", text[:LONGEST_READ].lower())
    decomposed = unicodedata.normalize("NFKD", lowered).translate(_APOSTROPHES)
    visible = "".join(c for c in decomposed if unicodedata.category(c) not in ("Mn", "Me", "Cf"))
    return _DIGIT.sub("0", visible.casefold())


def word_grams(text: str) -> Iterator[str]:
    """The words of a plain text, and each two that follow one another."""
    words = _WORD.findall(text)
    for word in words:
        yield _WORD_MARK + word
    for first, second in pairwise(words):
        yield f"{_WORD_MARK}{first} {second}"


def combinations_of_words(text: str) -> Iterator[str]:
    """Each two words of a plain text wherever they stand in it: what neither says alone."""
    words = dict.fromkeys(word[:_STEM] for word in _WORD.findall(text))
    for first, second in combinations(sorted(list(words)[:_MOST_COMBINED]), 2):
        yield f"{first}+{second}"


def letter_grams(text: str) -> Iterator[str]:
    """Runs of two to five characters within each word and its edges: they meet where spellings and endings differ."""
    for step in _STEP.findall(text):
        padded = f" {step} "
        length = len(padded)
        for size in range(_SHORTEST_RUN, _LONGEST_RUN + 1):
            if length <= size:
                yield padded
                break
            for start in range(length - size + 1):
                yield padded[start : start + size]
