"""What a page answers with: its index, and a classifier where its questions have phrasings enough to teach one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from botapp.understanding.faq.entry import FaqEntry
from botapp.understanding.faq.index import FaqIndex, Resemblance
from botapp.understanding.intent.calibration import Calibration
from botapp.understanding.intent.linear import LinearClassifier, top_and_lead

# Learnt from the public questions of StackFAQ, each with and without the entry that answers it; for pages whose
# questions have no phrasings, of which none can be held out.
USUAL = Calibration(bias=-3.8, per_top=5.7, per_lead=5.0, threshold=0.5)

ANSWERS_FROM = 0.5  # confidence: likelier right than not
OFFERS_FROM = 0.2
_MOST_OFFERED = 2


@dataclass(frozen=True, slots=True)
class Find:
    """Which entries may be meant, the likeliest first, each with the language in which it was asked."""

    confidence: float
    likeliest: tuple[tuple[str, str], ...]  # name, language

    @property
    def is_sure(self) -> bool:
        return self.confidence >= ANSWERS_FROM

    @property
    def is_worth_offering(self) -> bool:
        return self.confidence >= OFFERS_FROM


NOTHING = Find(0.0, ())


@dataclass(frozen=True, slots=True)
class Learnt:
    """What takes time to learn, and is therefore stored."""

    classifier: LinearClassifier | None
    calibration: Calibration


@dataclass(frozen=True, slots=True)
class FaqModel:
    """Everything that answers for a page. Immutable: another version is another model."""

    entries: Sequence[FaqEntry]
    index: FaqIndex
    learnt: Learnt

    @staticmethod
    def of(entries: Sequence[FaqEntry], learnt: Learnt) -> "FaqModel":
        """`entries`: at least one."""
        return FaqModel(tuple(entries), FaqIndex.learn(entries), learnt)

    def find(self, text: str, language: str, *, most: int = _MOST_OFFERED) -> Find:
        """What the text asks for, `most` entries of it; nothing for a text of which not a gram is known
        (with an encoder: a text that means nothing to it).

        Where a text resembles questions of two languages alike, `language` is taken.
        """
        resemblance = self.index.resemblance(text)
        scores = self._scores(text, resemblance)
        if not scores.any():
            return NOTHING
        order = np.argsort(-scores, kind="stable")[:most].tolist()
        confidence = self.learnt.calibration.confidence(*top_and_lead(scores.astype(np.float32)))
        index = self.index
        found = [(index.names[place], index.nearest_language(resemblance, place, language)) for place in order]
        return Find(confidence, tuple(found))

    def scores(self, text: str) -> NDArray[np.float64]:
        """By name, in the order of the index."""
        return self._scores(text, self.index.resemblance(text))

    def _scores(self, text: str, resemblance: Resemblance) -> NDArray[np.float64]:
        classifier = self.learnt.classifier
        if classifier is None or (classifier.vocabulary.encoder is None and not resemblance.scores.any()):
            return resemblance.scores
        by_label = dict(zip(classifier.labels, classifier.scores(text).tolist(), strict=True))
        scores: NDArray[np.float64] = resemblance.scores + np.array([by_label[name] for name in self.index.names])
        return scores

    def entry(self, name: str, language: str) -> FaqEntry | None:
        """The entry of that name, in that language if there is one; None for a name that is not there."""
        named = [entry for entry in self.entries if entry.name == name]
        return next((entry for entry in named if entry.language == language), named[0] if named else None)
