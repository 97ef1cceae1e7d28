"""Mends slips of typing in the words that matter: a letter too many, too few, another one, or two swapped."""

from collections.abc import Collection, Iterable, Iterator

from botapp.understanding.compact import CompactIndexes
from botapp.understanding.normalise import squeeze

_SHORTEST = 4  # letters; shorter words have too many neighbours
_SHORTEST_WITH_ANOTHER_LETTER = 7  # "stop" with another letter is "shop" or "step", and "grüner" is no "Gauner"
_LONGEST = 24  # nothing that is longer is one of our words


class Misspellings:
    """Finds the listed word one slip away, by what is left when one letter is taken out of both."""

    __slots__ = ("_by_rest", "_words")

    def __init__(self, words: Iterable[str], known: Collection[str]) -> None:
        """`known` words are never slips, whatever they resemble."""
        self._words = sorted(word for word in words if len(word) >= _SHORTEST)
        left_out = (
            (rest, index)
            for index, word in enumerate(self._words)
            for rest in (word, *_rests(word))
            if rest == word or rest not in known
        )
        self._by_rest = CompactIndexes(left_out)

    def mended(self, word: str) -> str | None:
        """The listed word that was meant, or None."""
        if not _SHORTEST <= len(word) <= _LONGEST:
            return None
        for rest in (word, *_rests(word)):
            index = self._by_rest.get(rest)
            if index is not None and _is_one_slip(word, self._words[index]):
                return self._words[index]
        return None


def _rests(word: str) -> Iterator[str]:
    for index in range(len(word)):
        yield word[:index] + word[index + 1 :]


def _is_one_slip(typed: str, meant: str) -> bool:
    """Whether one slip of typing makes one word of the other."""
    if len(typed) != len(meant):
        shorter, longer = sorted((typed, meant), key=len)
        if len(longer) - len(shorter) != 1 or shorter not in _rests(longer):
            return False
        # "stomp" is a word; "sttop" is a slip.
        is_doubled = squeeze(typed) == squeeze(meant)
        return len(typed) < len(meant) or len(meant) >= _SHORTEST_WITH_ANOTHER_LETTER or is_doubled
    differing = [index for index in range(len(typed)) if typed[index] != meant[index]]
    if len(differing) == 1:
        return len(meant) >= _SHORTEST_WITH_ANOTHER_LETTER
    first, last = differing[0], differing[-1]
    is_swap = typed[first] == meant[last] and typed[last] == meant[first]
    return len(differing) == 2 and last == first + 1 and is_swap  # noqa: PLR2004  two letters swapped
