"""Whether a message sounds like those that wanted out, where no list knows its turn of phrase.

It was learnt beforehand from the lines of tests/understanding/lines (tests/understanding/learn.py): a weight for each
group of runs of letters, kept in config/likeness.toml. What is found so is only ever a guess, upon which the person is
asked.
"""

import binascii
import math
from array import array
from base64 import b64decode
from collections.abc import Mapping, Sequence
from zlib import crc32

from botapp.understanding.normalise import Message

GROUPS = 1 << 16  # by checksum: a few runs share a group, which costs nothing that can be measured
_RUNS = (5, 8)  # bytes; the shorter are within words and at their ends, the longer tell which words stand together
_FEWEST_WORDS, _MOST_WORDS = 4, 25  # fewer say too little; a wish in more has words that the lists know
# The logarithm of the odds from which a message sounds so, and against what the lists know; see docs/understanding.md.
_LEAST, _LEAST_AGAINST_LISTS = 0.75, 2.0


class Likeness:
    """How much each group of runs of letters speaks for wanting out. Immutable once built."""

    __slots__ = ("_bias", "_scale", "_weights")

    def __init__(self, weights: bytes = b"", *, scale: float = 0.0, bias: float = 0.0) -> None:
        """`weights` are signed bytes, one for each group, in units of `scale`. None at all: nothing sounds so."""
        self._weights, self._scale, self._bias = array("b", weights), scale, bias

    def sounds_like_out(self, message: Message, *, against_lists: bool = False) -> bool:
        """Whether those who write so mostly want out, or nearly all, where the lists know of something else in it."""
        return bool(self._weights) and self.odds(message) >= (_LEAST_AGAINST_LISTS if against_lists else _LEAST)

    def odds(self, message: Message) -> float:
        """The logarithm of the odds that they want out; below everything for what is too short or too long."""
        if not _FEWEST_WORDS <= len(message.words) <= _MOST_WORDS:
            return -math.inf
        groups = groups_of(message.words)
        weights = self._weights
        return self._bias + self._scale * sum([weights[group] for group in groups]) / math.sqrt(len(groups))


def load_likeness(table: Mapping[str, object]) -> Likeness:
    """From config/likeness.toml. Raises ValueError naming what is wrong with it."""
    written, scale, bias = table.get("weights"), table.get("scale"), table.get("bias")
    weights = _decoded(written) if isinstance(written, str) else b""
    if len(weights) != GROUPS or not isinstance(scale, float) or not isinstance(bias, float):
        raise ValueError(
            f"config/likeness.toml: scale and bias must be numbers with a point, and weights {GROUPS} bytes in base64; "
            "`make learn-likeness` makes the file anew"
        )
    return Likeness(weights, scale=scale, bias=bias)


def _decoded(written: str) -> bytes:
    """Nothing, where it is no base64."""
    try:
        return b64decode("".join(written.split()), validate=True)
    except binascii.Error:
        return b""


def groups_of(words: Sequence[str]) -> set[int]:
    """The groups of the runs of letters in a message's words, with the blanks between and around them."""
    text = f" {' '.join(words)} ".encode()
    starts = range(len(text) - _RUNS[0] + 1)  # what is left of the longer runs at the end counts as well
    return {crc32(text[start : start + length]) & (GROUPS - 1) for length in _RUNS for start in starts} or {0}
