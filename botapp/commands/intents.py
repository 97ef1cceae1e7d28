"""`botapp intents`: how well the classifier does on anybody's labelled texts."""

import json
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from botapp.bootstrap.content import encoder
from botapp.commands.example_files import MisuseError, read_examples
from botapp.understanding.intent.encoder import Encoder
from botapp.understanding.intent.examples import Example
from botapp.understanding.intent.linear import LinearClassifier
from botapp.understanding.intent.scores import IntentScores, score_intents

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_KILOBYTE = 1024


@dataclass(frozen=True, slots=True)
class Cost:
    """What learning and answering took."""

    training_seconds: float
    milliseconds_per_text: float
    model_megabytes: float
    peak_megabytes: float


@click.group()
def intents() -> None:
    """What messages are about."""


@intents.command("eval")
@click.option("--train", "train_file", type=_FILE, required=True, help="Texts to learn from.")
@click.option("--test", "test_file", type=_FILE, required=True, help="Texts to be judged by.")
@click.option("--out-of-scope", help="The label of texts about nothing that is taught; they are to be left alone.")
@click.option(
    "--encoder",
    "encoder_folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder of a sentence encoder to learn and answer with (docs/answering.md).",
)
@click.option("--json", "as_json", is_flag=True, help="The stable form for scripts.")
def evaluate(
    train_file: Path, test_file: Path, out_of_scope: str | None, encoder_folder: Path | None, *, as_json: bool
) -> None:
    """Learn from one file, answer another, and compare.

    Files are CSV with a header (text, label), JSON lines with both, or a CLINC150 file. Without --out-of-scope every
    text gets its likeliest label. The line between acting and leaving alone is drawn by the training texts only.
    Exit code 2: a file cannot be used.
    """
    taught, judged = read_examples(train_file), read_examples(test_file, judging=True)
    if out_of_scope is not None and out_of_scope not in {example.label for example in (*taught, *judged)}:
        click.echo(f"note: neither file has the label {out_of_scope!r}: nothing is known to be out of scope", err=True)
    with progress("learning") as advance:
        began_at = time.perf_counter()
        classifier = _train(taught, out_of_scope, encoder(encoder_folder), advance)
        training_seconds = time.perf_counter() - began_at
    began_at = time.perf_counter()
    found = [_label(classifier, example.text, out_of_scope) for example in judged]
    answering_seconds = time.perf_counter() - began_at
    scores = score_intents([example.label for example in judged], found, out_of_scope)
    cost = Cost(
        training_seconds,
        answering_seconds / len(judged) * 1000,
        classifier.size_bytes / _KILOBYTE**2,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KILOBYTE,
    )
    click.echo(json.dumps(_as_json(scores, cost)) if as_json else "\n".join(_in_words(scores, cost)))


@contextmanager
def progress(what: str) -> Iterator[Callable[[float], None]]:
    """A bar on the terminal; its function takes the share that is done."""
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=1.0)
        yield lambda share: bar.update(task, completed=share)


def _train(
    taught: Sequence[Example], out_of_scope: str | None, encoding: Encoder | None, advance: Callable[[float], None]
) -> LinearClassifier:
    # Here, because it takes a second and most commands do without.
    from botapp.understanding.intent.training import LinearTrainer, NothingToLearnError  # noqa: PLC0415  see above

    try:
        return LinearTrainer(advance, encoding).train(taught, out_of_scope)
    except NothingToLearnError as error:
        raise MisuseError(str(error)) from None


def _label(classifier: LinearClassifier, text: str, out_of_scope: str | None) -> str:
    guess = classifier.guess(text)
    if out_of_scope is None:
        return guess.ranking[0]
    return guess.label if guess.is_in_scope and guess.label is not None else out_of_scope


def _as_json(scores: IntentScores, cost: Cost) -> dict[str, float | int | None]:
    return {
        "texts": scores.texts,
        "accuracy": _percent(scores.accuracy),
        "in_scope_accuracy": _percent(scores.in_scope_accuracy),
        "out_of_scope_recall": _percent(scores.out_of_scope_recall),
        "matthews": round(scores.matthews, 4),
        "training_seconds": round(cost.training_seconds, 1),
        "milliseconds_per_text": round(cost.milliseconds_per_text, 3),
        "model_megabytes": round(cost.model_megabytes, 1),
        "peak_megabytes": round(cost.peak_megabytes),
    }


def _in_words(scores: IntentScores, cost: Cost) -> list[str]:
    lines = [f"accuracy             {_percent(scores.accuracy)} % of {scores.texts}"]
    if scores.out_of_scope_recall is not None:
        lines.append(f"in-scope accuracy    {_percent(scores.in_scope_accuracy)} %")
        lines.append(f"out-of-scope recall  {_percent(scores.out_of_scope_recall)} %")
    took = (
        f"learnt in {cost.training_seconds:.1f} s, answers in {cost.milliseconds_per_text:.2f} ms a text;"
        f" the model takes {cost.model_megabytes:.1f} MB, learning {cost.peak_megabytes:.0f} MB at most"
    )
    return [*lines, f"Matthews             {scores.matthews:.3f}", took]


def _percent(share: float | None) -> float | None:
    return None if share is None else round(share * 100, 2)
