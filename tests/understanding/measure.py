"""How well wishes are understood: `make bench-understanding`.

The own lines (tests/understanding/lines) stand in parts by the time at which they were written; docs/understanding.md
tells what each was at first look. Likeness has learnt from them, so they are judged by the lists alone; but those that
are held back are heard as the product hears them. The shared samples are measured, too, where they are.
"""

import csv
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from time import process_time
from typing import NamedTuple

from botapp.bootstrap.content import withdrawal_words
from botapp.commands.example_files import read_examples
from botapp.commands.understanding import label_of
from botapp.config_files import read_languages
from botapp.understanding.likeness import Likeness
from botapp.understanding.wish import WithdrawalWords, load_withdrawal_words, understand

_LINES = Path(__file__).parent / "lines"
_SAMPLES = Path(__file__).resolve().parents[3] / "shared/samples/optout/utterances.tsv"
_INTENTS = _SAMPLES.parents[1] / "intent"
_CHAT = _SAMPLES.parents[1] / "conversations/support_chat.jsonl"
_HELD_BACK = frozenset({"own yu", "own xk", "own yt"})
# All three keep us from writing on our own, which is what must not be missed.
OUT = frozenset({"optout", "topic_optout", "mute"})


class Line(NamedTuple):
    """A line and what it asks for."""

    part: str  # "own a", "own b" or "samples core"
    language: str
    label: str
    text: str


class Judged(NamedTuple):
    """A line beside what was heard in it."""

    line: Line
    heard: str


class Score(NamedTuple):
    """Hits, misses and false alarms of one label."""

    hits: int
    misses: int
    alarms: int

    @property
    def recall(self) -> float:
        return self.hits / (self.hits + self.misses) if self.hits + self.misses else 1.0

    @property
    def precision(self) -> float:
        return self.hits / (self.hits + self.alarms) if self.hits + self.alarms else 1.0


def own_lines() -> Iterator[Line]:
    """The project's own lines, from which likeness learns."""
    return (line for line in _all_lines() if line.part not in _HELD_BACK)


def held_back_lines() -> Iterator[Line]:
    """Strangers' examinations that are never learnt from, nor tuned by: they tell what to expect of others."""
    return (line for line in _all_lines() if line.part in _HELD_BACK)


def _all_lines() -> Iterator[Line]:
    for path in sorted(_LINES.glob("*.tsv")):
        for row in _rows(path):
            yield Line(f"own {row['half']}", path.stem, row["label"], row["text"])


def sample_lines() -> Iterator[Line]:
    """The shared samples, where they are. What they call not_optout may still be a wish of another kind."""
    if _SAMPLES.exists():
        for row in _rows(_SAMPLES):
            label = "none" if row["label"] == "not_optout" else row["label"]
            yield Line(f"samples {row['strength']}", row["lang"], label, row["text"])


def foreign_lines() -> Iterator[Line]:
    """What a bank, an assistant and shops are asked, by the shared samples, where they are; hardly anyone wants out."""
    for path in sorted(_INTENTS.rglob("*train*")):
        if "fewshot" not in path.name:
            for example in read_examples(path):
                yield Line("samples of other things", "en", "none", example.text)


def chat_lines() -> Iterator[Line]:
    """A support chat of the shared samples, nearly all about programming, where it is; nobody in it wants out."""
    if _CHAT.exists():
        for row in map(json.loads, _CHAT.read_text(encoding="utf-8").splitlines()):
            yield Line("samples of a chat", "en", "none", row["text"])


def judged(lines: Iterable[Line], words: WithdrawalWords | None = None) -> list[Judged]:
    """Every line as it is understood without a hint of its language, by the product's words unless others are given."""
    words = words or withdrawal_words()
    return [Judged(line, label_of(understand(line.text, None, words))) for line in lines]


@cache
def lists_alone() -> WithdrawalWords:
    """Without likeness, which has learnt from our own lines."""
    return load_withdrawal_words(read_languages("optout"), Likeness())


def score_of_out(found: Iterable[Judged]) -> Score:
    """Wanting out in any of its forms, against all else."""
    return _score((each.line.label in OUT, each.heard in OUT) for each in found)


def score_of(label: str, found: Iterable[Judged]) -> Score:
    """One label against all others."""
    return _score((each.line.label == label, each.heard == label) for each in found)


def _score(pairs: Iterable[tuple[bool, bool]]) -> Score:
    counts: dict[tuple[bool, bool], int] = defaultdict(int)
    for pair in pairs:
        counts[pair] += 1
    return Score(counts[True, True], counts[True, False], counts[False, True])


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as lines:
        yield from csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)


def _report(part: str, found: Sequence[Judged]) -> None:
    _print(f"\n{part}: {len(found)} lines")
    _print_score("  out", score_of_out(found))
    for label in sorted({each.line.label for each in found}):
        _print_score(f"  {label}", score_of(label, found))
    languages = sorted({each.line.language for each in found})
    for language in languages:
        _print_score(f"  out in {language}", score_of_out(each for each in found if each.line.language == language))
    for each in found:
        is_wrong = (each.line.label in OUT) != (each.heard in OUT) or each.line.label != each.heard
        if is_wrong:
            _print(f"    {each.line.language}  {each.line.label} heard as {each.heard}: {each.line.text}")


def _print_score(name: str, score: Score) -> None:
    of = score.hits + score.misses
    _print(f"{name:22} recall {score.recall:6.1%} of {of:3}   precision {score.precision:6.1%}")


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")


def main() -> None:
    """Print recall, precision and every miss, by part, label and language."""
    withdrawal_words()
    begun = process_time()
    found = [*judged(own_lines(), lists_alone()), *judged(held_back_lines()), *judged(sample_lines())]
    spent = process_time() - begun
    for part in sorted({each.line.part for each in found}):
        _report(part, [each for each in found if each.line.part == part])
    _print(f"\n{spent / len(found) * 1e6:.0f} µs of CPU per line")
    for what, lines in (("other things", list(foreign_lines())), ("programming, in a chat", list(chat_lines()))):
        by_both, by_lists = (sum(each.heard in OUT for each in judged(lines, words)) for words in (None, lists_alone()))
        if lines:
            _print(f"of {len(lines)} lines about {what} {by_both} sound like out, {by_lists} by the lists alone")


if __name__ == "__main__":
    main()
