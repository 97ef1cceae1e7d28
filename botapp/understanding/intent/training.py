"""Trains the default: a linear support vector machine for each label over words and runs of letters.

Many examples also teach which words stand together and which grams a label prefers; rare labels are helped there.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from botapp.understanding.intent.calibration import USUAL, Trial, calibrate
from botapp.understanding.intent.encoder import Encoder, RememberingEncoder
from botapp.understanding.intent.examples import Example
from botapp.understanding.intent.floats import Floats
from botapp.understanding.intent.linear import LinearClassifier, top_and_lead
from botapp.understanding.intent.preferences import preferences
from botapp.understanding.intent.vectors import Cut, Vector, Vocabulary

_SEED = 20261122
_SMALL_THEN_CAPITAL = re.compile(r"([a-z])([A-Z])")
_LETTERS = re.compile(r"[^\W\d_]+")
_LABELS_LEFT_OUT = 1 / 6  # in each round: what they say is then out of scope
_EXAMPLES_LEFT_OUT = 1 / 6
_FEWEST_LABELS = 2
_TOLERANCE = 1e-2  # of the machine; finer takes longer and finds no more
# With as many examples a label, labels are divided so finely that one left out resembles its neighbours more than
# anything a stranger would write. The line is then drawn by what is in scope, and costs hardly a right answer; so it
# is where examples of what is out of scope are taught.
_DENSE = 50
_RIGHT_ANSWERS_LOST = 0.003
_MOST_HELPED = 1.5  # logarithm: no label counts as rarer than a fifth of the mean, or as commoner than five times that


@dataclass(frozen=True, slots=True)
class _Recipe:
    """How it is learnt."""

    cuts: Sequence[Cut]
    penalty: float  # for an example on the wrong side
    share_of_preferences: float
    help_of_rare_labels: float
    rounds: int  # of holding out, to learn the confidence


# By cross-validation on training parts alone: Banking77's and CLINC150's for many, HINT3's for few. The machine minds
# what divides neighbours, the preferences how usual a gram is for a label; they go wrong on different texts. How many
# examples a label has tells what people collected, not what customers will ask: the help was chosen by the mean of all
# labels' recall.
_OF_FEW = _Recipe((Cut.WORDS, Cut.LETTERS), penalty=1.0, share_of_preferences=0.0, help_of_rare_labels=0.0, rounds=10)
_OF_MANY = _Recipe(tuple(Cut), penalty=2.0, share_of_preferences=0.05, help_of_rare_labels=0.3, rounds=3)
_MANY_EXAMPLES = 2000


class NothingToLearnError(ValueError):
    """The examples cannot teach anything: fewer than two labels."""


@dataclass(frozen=True, slots=True)
class LinearTrainer:
    """`advance` is called with the share that is done; an encoder's numbers are learnt from beside the grams."""

    advance: Callable[[float], None] = lambda _: None
    encoder: Encoder | None = None

    def train(self, examples: Sequence[Example], out_of_scope: str | None = None) -> LinearClassifier:
        """A calibrated classifier. Raises NothingToLearnError. The same examples make the same one, in any order."""
        ordered = sorted(set(examples), key=lambda e: (e.label, e.text))
        labels = np.array([e.label for e in ordered])
        if len(set(labels.tolist()) - {out_of_scope}) < _FEWEST_LABELS:
            raise NothingToLearnError("give examples of at least two labels")
        texts = [e.text for e in ordered]
        recipe = _recipe(len(ordered))
        remembering = RememberingEncoder(self.encoder) if self.encoder else None
        trials: list[Trial] = []
        for number, (taught, held) in enumerate(_rounds(labels, recipe.rounds, out_of_scope)):
            self.advance(number / (recipe.rounds + 1))
            part = _fit([texts[i] for i in taught], labels[taught], recipe, out_of_scope, remembering)
            trials += [_trial(part, texts[i], str(labels[i])) for i in held]
        self.advance(recipe.rounds / (recipe.rounds + 1))
        calibration = calibrate(trials, right_answers_lost=_right_answers_lost(labels, out_of_scope))
        whole = _fit(texts, labels, recipe, out_of_scope, remembering)
        return replace(whole, vocabulary=replace(whole.vocabulary, encoder=self.encoder), calibration=calibration)

    def fit(self, examples: Sequence[Example]) -> LinearClassifier:
        """The same without calibration, for those who calibrate the whole of which it is a part."""
        texts, labels = [e.text for e in examples], np.array([e.label for e in examples])
        return _fit(texts, labels, _recipe(len(texts)), None, self.encoder)


def _recipe(examples: int) -> _Recipe:
    return _OF_MANY if examples > _MANY_EXAMPLES else _OF_FEW


def _fit(
    texts: Sequence[str],
    labels: NDArray[np.str_],
    recipe: _Recipe,
    out_of_scope: str | None,
    encoder: Encoder | None,
) -> LinearClassifier:
    from sklearn.svm import LinearSVC  # noqa: PLC0415  takes a second and 80 MB; most who import this never train

    named = [name for name in sorted(set(labels.tolist()) - {out_of_scope}) if in_words(name)]
    # People name labels by what they are about: where examples are few, that is one of the best.
    texts = [*texts, *map(in_words, named)]
    labels = np.concatenate([labels, np.array(named, dtype=labels.dtype)])
    vocabulary = Vocabulary.learn(texts, recipe.cuts, encoder)
    machine = LinearSVC(C=recipe.penalty, tol=_TOLERANCE, random_state=_SEED)
    rows = _matrix([vocabulary.vector(text) for text in texts], vocabulary.width)
    machine.fit(rows, labels)
    weights, biases = _of_each_label(machine.coef_, machine.intercept_)
    if recipe.share_of_preferences:
        weights += np.float32(recipe.share_of_preferences) * preferences(rows, labels, machine.classes_)
    if recipe.help_of_rare_labels:
        biases += np.float32(recipe.help_of_rare_labels) * _rarity(labels, out_of_scope)
    names = tuple(str(name) for name in machine.classes_)
    return LinearClassifier(names, vocabulary, weights, biases, USUAL, out_of_scope)


def _rarity(labels: NDArray[np.str_], out_of_scope: str | None) -> Floats:
    """By label in the order of the alphabet by how much it is rarer than the mean; what is out of scope is neither."""
    names, numbers = np.unique(labels, return_counts=True)
    rarity: Floats = np.clip(np.log(numbers.mean() / numbers), -_MOST_HELPED, _MOST_HELPED).astype(np.float32)
    rarity[names == out_of_scope] = 0
    return rarity


def in_words(label: str) -> str:
    """The words of a name such as "refund_status", "RefundStatus" or "refund-status"; nothing for a mere number."""
    words = _SMALL_THEN_CAPITAL.sub(r"\1 \2", label)
    return " ".join(_LETTERS.findall(words)).lower()


def _matrix(vectors: Sequence[Vector], width: int) -> sparse.csr_matrix:
    """The vectors as rows."""
    ends = np.cumsum([0, *(len(v.columns) for v in vectors)])
    columns = np.concatenate([v.columns for v in vectors]) if vectors else np.zeros(0, dtype=np.int32)
    values = np.concatenate([v.values for v in vectors]) if vectors else np.zeros(0, dtype=np.float32)
    return sparse.csr_matrix((values, columns, ends), shape=(len(vectors), width))


def _of_each_label(weights: NDArray[np.float64], biases: NDArray[np.float64]) -> tuple[Floats, Floats]:
    """Of two labels scikit-learn keeps one line: what is for the second is against the first."""
    if len(weights) == 1:
        weights, biases = np.vstack([-weights, weights]), np.concatenate([-biases, biases])
    return np.ascontiguousarray(weights.T, dtype=np.float32), biases.astype(np.float32)


def _rounds(
    labels: NDArray[np.str_], number: int, out_of_scope: str | None
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """What is taught and what is held out, each time anew: some labels wholly, and some examples of the others."""
    chance = np.random.default_rng(_SEED)
    names = np.array(sorted(set(labels.tolist()) - {out_of_scope}))
    left_out = max(1, round(len(names) * _LABELS_LEFT_OUT)) if len(names) > _FEWEST_LABELS else 0
    if out_of_scope in labels:
        left_out = 0  # there are examples of what is out of scope: no need for a stand-in
    for _ in range(number):
        unknown = np.isin(labels, chance.choice(names, left_out, replace=False))
        held = unknown | (chance.random(len(labels)) < _EXAMPLES_LEFT_OUT)
        if len(set(labels[~held].tolist()) - {out_of_scope}) >= _FEWEST_LABELS:
            yield np.flatnonzero(~held), np.flatnonzero(held)


def _right_answers_lost(labels: NDArray[np.str_], out_of_scope: str | None) -> float | None:
    """What the line may cost; None: it is drawn where most is treated rightly, labels left out included."""
    typical_number = np.median(np.unique(labels, return_counts=True)[1])
    return _RIGHT_ANSWERS_LOST if out_of_scope in labels or typical_number >= _DENSE else None


def _trial(classifier: LinearClassifier, text: str, label: str) -> Trial:
    scores = classifier.scores(text)
    top, lead = top_and_lead(scores)
    best = classifier.labels[int(np.argmax(scores))]
    is_known = label in classifier.labels and label != classifier.out_of_scope
    return Trial(top, lead, is_right=is_known and best == label, is_in_scope=is_known)
