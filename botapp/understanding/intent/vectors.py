"""Texts as vectors: which grams stand in them, rare ones weighing more; and where an encoder, if any, puts them."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from botapp.understanding.intent.encoder import Encoder
from botapp.understanding.intent.floats import Floats
from botapp.understanding.intent.grams import combinations_of_words, letter_grams, plain, word_grams


class Cut(StrEnum):
    """How a text is cut into grams."""

    WORDS = "words"
    LETTERS = "letters"
    COMBINATIONS = "combinations"


_CUTS: Mapping[Cut, Callable[[str], Iterable[str]]] = {
    Cut.WORDS: word_grams,
    Cut.LETTERS: letter_grams,
    Cut.COMBINATIONS: combinations_of_words,
}
# By cross-validation on the training parts of Banking77 and CLINC150. A combination that was seen once is chance.
_SHARES: Mapping[Cut, float] = {Cut.WORDS: 1.0, Cut.LETTERS: 1.0, Cut.COMBINATIONS: 1.5}
_SHARE_OF_THE_ENCODER = 1.0  # as much as the words have; not measured, because no encoder comes with this project
_FEWEST_TEXTS: Mapping[Cut, int] = {Cut.WORDS: 1, Cut.LETTERS: 1, Cut.COMBINATIONS: 2}


@dataclass(frozen=True, slots=True)
class Vector:
    """One text: the columns that are not nought, and their values. Its length is one, or nought for an unknown text."""

    columns: NDArray[np.int32]
    values: Floats


@dataclass(frozen=True, slots=True)
class Grams:
    """The grams of one kind in the texts they were learnt from, and how much each weighs."""

    cut: Cut
    columns: Mapping[str, int]
    weights: Floats

    @staticmethod
    def learn(cut: Cut, texts: Sequence[str]) -> "Grams":
        """Every gram of enough texts, in the order of the alphabet: the same texts make the same columns."""
        seen: Counter[str] = Counter()
        for text in texts:
            seen.update(set(_CUTS[cut](plain(text))))
        grams = sorted(gram for gram, texts_with_it in seen.items() if texts_with_it >= _FEWEST_TEXTS[cut])
        weights = [math.log((1 + len(texts)) / (1 + seen[gram])) + 1 for gram in grams]
        return Grams(cut, {gram: column for column, gram in enumerate(grams)}, np.array(weights, dtype=np.float32))

    def vector(self, text: str) -> Vector:
        """A plain text in these columns; what is not among them is left out."""
        known = self.columns
        counted = Counter(column for gram in _CUTS[self.cut](text) if (column := known.get(gram)) is not None)
        columns = np.fromiter(sorted(counted), dtype=np.int32, count=len(counted))
        counts = np.fromiter((counted[column] for column in columns.tolist()), dtype=np.float32, count=len(counted))
        # The second time a gram stands in a text says less than the first.
        return Vector(columns, at_length_one((1 + np.log(counts)) * self.weights[columns]))


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Several kinds of grams side by side, and last the numbers of an encoder."""

    kinds: Sequence[Grams]
    encoder: Encoder | None = None

    @staticmethod
    def learn(
        texts: Sequence[str], cuts: Sequence[Cut] = (Cut.WORDS, Cut.LETTERS), encoder: Encoder | None = None
    ) -> "Vocabulary":
        return Vocabulary(tuple(Grams.learn(cut, texts) for cut in cuts), encoder)

    @property
    def width(self) -> int:
        """How many columns."""
        return sum(len(grams.weights) for grams in self.kinds) + (self.encoder.width if self.encoder else 0)

    def vector(self, text: str) -> Vector:
        """A text in the columns of all of them."""
        shown = plain(text)
        columns, values, width = [], [], 0
        for grams in self.kinds:
            vector = grams.vector(shown)
            columns.append(vector.columns + width)
            values.append(vector.values * _SHARES[grams.cut])
            width += len(grams.weights)
        if self.encoder is not None:
            columns.append(np.arange(width, width + self.encoder.width, dtype=np.int32))
            values.append(self.encoder.encode(text) * np.float32(_SHARE_OF_THE_ENCODER))
        return Vector(np.concatenate(columns).astype(np.int32), at_length_one(np.concatenate(values)))


def at_length_one(values: Floats) -> Floats:
    """The same direction; what is nought stays nought."""
    length = float(np.sqrt(values @ values))
    return (values / length if length else values).astype(np.float32)
