"""The classifier that is served: one weight for each gram and label. Plain arrays, made by `training`."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from botapp.understanding.intent.calibration import Calibration
from botapp.understanding.intent.classifier import Guess
from botapp.understanding.intent.floats import Floats
from botapp.understanding.intent.vectors import Vocabulary


@dataclass(frozen=True, slots=True)
class LinearClassifier:
    """One line between each label and all others."""

    labels: Sequence[str]
    vocabulary: Vocabulary
    weights: Floats  # by column of the vocabulary and label
    biases: Floats
    calibration: Calibration
    out_of_scope: str | None = None  # the label that stands for none of the others

    def guess(self, text: str) -> Guess:
        """The likeliest label. A text without a single known gram is out of scope."""
        scores = self.scores(text)
        order = np.argsort(-scores, kind="stable")
        ranking = tuple(self.labels[place] for place in order if self.labels[place] != self.out_of_scope)
        if np.array_equal(scores, self.biases):
            return Guess(None, 0.0, is_in_scope=False, ranking=ranking)
        top, lead = top_and_lead(scores)
        confidence = self.calibration.confidence(top, lead)
        best = self.labels[int(order[0])]
        if best == self.out_of_scope:
            return Guess(None, 0.0, is_in_scope=False, ranking=ranking)
        return Guess(best, confidence, is_in_scope=confidence >= self.calibration.threshold, ranking=ranking)

    def scores(self, text: str) -> Floats:
        """By label: above nought where the text lies on its side of the line."""
        vector = self.vocabulary.vector(text)
        scores: Floats = vector.values @ self.weights[vector.columns] + self.biases
        return scores

    @property
    def size_bytes(self) -> int:
        """What it takes in memory, the vocabulary's words included as far as can be told."""
        kinds = self.vocabulary.kinds
        grams = sum(len(gram) + _BYTES_OF_AN_ENTRY for kind in kinds for gram in kind.columns)
        return int(self.weights.nbytes + self.biases.nbytes + sum(kind.weights.nbytes for kind in kinds) + grams)


_BYTES_OF_AN_ENTRY = 49 + 32 + 60  # a text, a number, a place in a dictionary


def top_and_lead(scores: Floats) -> tuple[float, float]:
    """The highest score, and how far the next is behind; a lone label leads by its score."""
    if len(scores) == 1:
        return float(scores[0]), float(scores[0])
    second, first = np.partition(scores, -2)[-2:]
    return float(first), float(first - second)
