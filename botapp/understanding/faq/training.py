"""Learns a page's questions. The same entries teach the same."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from botapp.understanding.faq.entry import FaqEntry, names_of
from botapp.understanding.faq.model import USUAL, FaqModel, Learnt
from botapp.understanding.intent.calibration import Trial, calibrate
from botapp.understanding.intent.encoder import Encoder, RememberingEncoder
from botapp.understanding.intent.examples import Example
from botapp.understanding.intent.linear import LinearClassifier, top_and_lead
from botapp.understanding.intent.training import LinearTrainer

_SEED = 20261122
_ROUNDS = 5
_NAMES_LEFT_OUT, _ASKS_LEFT_OUT = 1 / 6, 1 / 5
_ASKS_TO_TEACH = 3  # of the name in the middle; with fewer a classifier knows no more than the index
_FEWEST_NAMES = 4


def learn(
    entries: Sequence[FaqEntry], advance: Callable[[float], None] = lambda _: None, encoder: Encoder | None = None
) -> Learnt:
    """A classifier where there are phrasings enough, and how far its finds can be relied on.

    `entries`: at least one. `advance` is told the share that is done.
    """
    encoder = RememberingEncoder(encoder) if encoder else None
    classifier = _classifier(entries, encoder)
    if classifier is None:
        return Learnt(None, USUAL)
    trials: list[Trial] = []
    for number, (taught, held) in enumerate(_rounds(entries)):
        advance(number / _ROUNDS)
        model = FaqModel.of(taught, Learnt(_classifier(taught, encoder), USUAL))
        trials += [_trial(model, name, ask) for name, ask in held]
    if not any(trial.is_right for trial in trials):
        return Learnt(None, USUAL)
    return Learnt(classifier, calibrate(trials))


def _classifier(entries: Sequence[FaqEntry], encoder: Encoder | None) -> LinearClassifier | None:
    examples = [Example(ask, entry.name) for entry in entries for ask in entry.asks]
    names = [example.label for example in examples]
    numbers = np.unique(names, return_counts=True)[1]
    if len(numbers) < _FEWEST_NAMES or np.median(numbers) < _ASKS_TO_TEACH:
        return None
    return LinearTrainer(encoder=encoder).fit(examples)


def _rounds(entries: Sequence[FaqEntry]) -> Iterator[tuple[list[FaqEntry], list[tuple[str, str]]]]:
    """What is taught and what is held out: some names wholly, and some asks of the others."""
    chance = np.random.default_rng(_SEED)
    names = sorted(names_of(entries))
    for _ in range(_ROUNDS):
        unknown = set(chance.choice(names, max(1, round(len(names) * _NAMES_LEFT_OUT)), replace=False).tolist())
        taught, held = [], [(e.name, ask) for e in entries if e.name in unknown for ask in e.asks]
        for entry in (e for e in entries if e.name not in unknown):
            is_kept = chance.random(len(entry.asks)) >= _ASKS_LEFT_OUT
            kept = [ask for ask, keep in zip(entry.asks, is_kept, strict=True) if keep] or [entry.question]
            taught.append(replace(entry, question=kept[0], phrasings=tuple(kept[1:])))
            held += [(entry.name, ask) for ask in entry.asks if ask not in kept]
        yield taught, held


def _trial(model: FaqModel, name: str, ask: str) -> Trial:
    scores = model.scores(ask)
    top, lead = top_and_lead(scores.astype(np.float32))
    is_known = name in model.index.names
    return Trial(top, lead, is_known and model.index.names[int(np.argmax(scores))] == name, is_known)
