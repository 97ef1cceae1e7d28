"""Whether a message sounds like those that wanted out, where no list knows its turn of phrase.

Nothing is trained: the example lines of config/optout are counted. A word, or two words side by side or with one
between them, that stands mostly in lines of people who wanted out speaks for it, one that stands mostly in others
against it. What is found so is only ever a guess, upon which the person is asked.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

from botapp.understanding.compact import CompactNumbers
from botapp.understanding.normalise import Message, read_message

# The sum of the weights from which a message is taken to sound so; measured, see docs/understanding.md.
_LEAST = 4.0
_UNSEEN = 0.2  # added to every count, so that what was never seen on one side is not taken for impossible
_MOST_WORDS = 25  # a wish in more words than these has words that the lists know
_TOLD = 2  # features named as evidence


class Likeness:
    """How much each word and pair of the example lines speaks for wanting out. Immutable once built."""

    __slots__ = ("_weights",)

    def __init__(self, out: Iterable[str], other: Iterable[str]) -> None:
        """`out` are lines by which people want out, `other` lines of any other kind."""
        counted_out, lines_out = _counted(out)
        counted_other, lines_other = _counted(other)
        least = math.log((lines_other + 2 * _UNSEEN) / (lines_out + 2 * _UNSEEN))
        weights = (
            (feature, least + math.log((counted_out[feature] + _UNSEEN) / (counted_other[feature] + _UNSEEN)))
            for feature in counted_out.keys() | counted_other.keys()
        )
        self._weights = CompactNumbers(weights, "d")

    def evidence(self, message: Message) -> tuple[str, ...]:
        """What speaks most for wanting out, as it stands in our lines; empty where the message does not sound so."""
        if len(message.words) > _MOST_WORDS:
            return ()
        weighed = [(self._weights.get(feature) or 0.0, feature) for feature in _features(message.words)]
        if sum(weight for weight, _ in weighed) < _LEAST:
            return ()
        return tuple(feature for _, feature in sorted(weighed, reverse=True)[:_TOLD])


def _counted(lines: Iterable[str]) -> tuple[Counter[str], int]:
    counts: Counter[str] = Counter()
    number = 0
    for number, line in enumerate(lines, start=1):  # noqa: B007  how many they were is told
        counts.update(_features(read_message(line).words))
    return counts, number


def _features(words: Sequence[str]) -> set[str]:
    """The words, and pairs side by side or with one between; the ends of the message count as words of a pair."""
    ended = ("^", *words, "$")
    beside = (f"{first} {second}" for first, second in pairwise(ended))
    apart = (f"{first} … {second}" for first, second in zip(ended, ended[2:], strict=False))
    return {*words, *beside, *apart}
