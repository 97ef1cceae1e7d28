"""How well labels and answers are found, beside published figures: `make bench-answers`.

Only the training parts of the samples are here. What is printed is cross-validated on them, so it is not the published
test parts; the line out of scope is drawn by what is taught in each round and never by what is judged.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

from botapp.commands.example_files import read_examples
from botapp.commands.faq import rank_files
from botapp.understanding.intent.examples import Example
from botapp.understanding.intent.scores import IntentScores, score_intents
from botapp.understanding.intent.training import LinearTrainer

_SAMPLES = Path(__file__).resolve().parents[3] / "shared/samples"
_NONE = "none of them"
_SEED = 7
_PUBLISHED = {
    "Banking77": "91.2 TF-IDF and SVM, 93.7 BERT (test part)",
    "CLINC150": "92.1 / 45.1 TF-IDF, 93.4 / 49.1 MLP, 96.2 / 52.3 BERT (test part)",
    "HINT3 SOFMattress": ".638 Dialogflow, .603 TF-IDF (real traffic)",
    "HINT3 Curekart": ".603 Haptik, .619 TF-IDF (real traffic)",
    "HINT3 Powerplay11": ".425 Haptik, .377 TF-IDF (real traffic)",
    "StackFAQ": ".665 BM25, .778 BERT on the FAQ alone",
}


def main() -> None:
    """Print the table, as docs/answering.md has it."""
    if not _SAMPLES.exists():
        sys.exit(f"the samples are not at {_SAMPLES}")
    print("| Set | Judged by | Reached | Published | Learning | A text |\n| --- | --- | --- | --- | --- | --- |")  # noqa: T201  a program
    for row in _rows():
        print(f"| {' | '.join(row)} |", flush=True)  # noqa: T201  a program


def _rows() -> Iterator[Sequence[str]]:
    """One after the other: the last take minutes."""
    yield from _hint3()
    yield _stackfaq()
    yield _banking()
    yield _clinc()


def _banking() -> Sequence[str]:
    """Ten times a tenth is held out. Beside ours stands the plain machine that is published, in the same tenths."""
    examples = read_examples(_SAMPLES / "intent/banking77/train.csv")
    texts, labels = [e.text for e in examples], [e.label for e in examples]
    tenths = list(StratifiedKFold(10, shuffle=True, random_state=_SEED).split(texts, labels))
    ours, plain = list(labels), list(labels)
    learnt_in = asked_for = 0.0
    for taught, held in tenths:
        began_at = perf_counter()
        classifier = LinearTrainer().fit([examples[place] for place in taught])
        learnt_at = perf_counter()
        for place in held:
            ours[place] = classifier.labels[int(np.argmax(classifier.scores(texts[place])))]
        learnt_in += learnt_at - began_at
        asked_for += perf_counter() - learnt_at
        grams = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
        machine = LinearSVC().fit(grams.fit_transform([texts[place] for place in taught]), [labels[p] for p in taught])
        for place, found in zip(held, machine.predict(grams.transform([texts[p] for p in held])), strict=True):
            plain[place] = str(found)
    scores, published = score_intents(labels, ours, None), score_intents(labels, plain, None)
    reached = (
        f"{scores.accuracy:.1%}, {scores.mean_recall:.1%} with all labels as common; "
        f"TF-IDF and SVM in the same tenths {published.accuracy:.1%}"
    )
    cost = (f"{learnt_in / len(tenths):.0f} s", f"{asked_for / len(texts) * 1000:.1f} ms")
    return ("Banking77", "ten tenths of the training part", reached, _PUBLISHED["Banking77"], *cost)


def _clinc() -> Sequence[str]:
    file = _SAMPLES / "intent/clinc150/data_train_val.json"
    scores, cost = _judge(read_examples(file), read_examples(file, judging=True), "oos")
    reached = f"{scores.in_scope_accuracy:.1%} / {scores.out_of_scope_recall:.1%}"
    return ("CLINC150", "its validation part", reached, _PUBLISHED["CLINC150"], *cost)


def _hint3() -> Iterator[Sequence[str]]:
    """A fifth of the labels is never taught: what they say is out of scope. So is a third of what is judged."""
    for name in ("SOFMattress", "Curekart", "Powerplay11"):
        examples = read_examples(_SAMPLES / f"intent/hint3/{name.lower()}_train.csv")
        chance = np.random.default_rng(_SEED)
        labels = np.array([example.label for example in examples])
        names = np.unique(labels)
        unknown = np.isin(labels, chance.choice(names, len(names) // 5, replace=False))
        held = unknown | (chance.random(len(labels)) < 1 / 3)
        judged = [
            Example(e.text, _NONE if u else e.label) for e, u, h in zip(examples, unknown, held, strict=True) if h
        ]
        scores, cost = _judge(_those(examples, ~held), judged, _NONE)
        title = f"HINT3 {name}"
        reached = f"Matthews {scores.matthews:.3f}"
        yield (title, "a third of the texts and a fifth of the labels held out", reached, _PUBLISHED[title], *cost)


def _stackfaq() -> Sequence[str]:
    folder = _SAMPLES / "faq/stackfaq"
    began_at = perf_counter()
    scores = rank_files(folder / "docs.jsonl", folder / "queries.jsonl")
    milliseconds = (perf_counter() - began_at) / scores.queries * 1000
    reached = f"MAP {scores.mean_average_precision:.3f}, P@1 {scores.precision_at_1:.3f}"
    return ("StackFAQ", "its 625 queries", reached, _PUBLISHED["StackFAQ"], "at once", f"{milliseconds:.1f} ms")


def _judge(
    taught: Sequence[Example], judged: Sequence[Example], out_of_scope: str | None
) -> tuple[IntentScores, tuple[str, str]]:
    began_at = perf_counter()
    classifier = LinearTrainer().train(taught, out_of_scope)
    learnt_at = perf_counter()
    guesses = [classifier.guess(example.text) for example in judged]
    per_text = (perf_counter() - learnt_at) / len(judged) * 1000
    if out_of_scope is None:
        found = [guess.ranking[0] for guess in guesses]
    else:
        found = [guess.label if guess.is_in_scope and guess.label else out_of_scope for guess in guesses]
    scores = score_intents([example.label for example in judged], found, out_of_scope)
    return scores, (f"{learnt_at - began_at:.0f} s", f"{per_text:.1f} ms")


def _those(examples: Sequence[Example], chosen: NDArray[np.bool_]) -> list[Example]:
    return [example for example, is_chosen in zip(examples, chosen, strict=True) if is_chosen]


if __name__ == "__main__":
    main()
