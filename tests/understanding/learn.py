"""Learns what those who want out sound like: `make learn-likeness` writes config/likeness.toml.

What it learns from are the own lines, once as they are and once mistyped, the examples and the entries of
config/optout, and courtesies, each with what the lists know of its phrases: it is to be made anew when lines or lists
have changed.

Prints first how well that works for lines that were not learnt from: strangers' examinations, and everyday lines.
"""

import hashlib
import random
import sys
import textwrap
import zlib
from array import array
from base64 import b64encode
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from botapp.commands.understanding import LABELS
from botapp.config_files import config_dir, read_languages
from botapp.understanding.courtesy import Courtesy
from botapp.understanding.likeness import (
    FEWER_GROUPS,
    FORMS,
    OTHERS,
    OUT,
    OUT_GROUPS,
    WEIGHT_OF_SHAPE,
    Likeness,
    Weights,
    grams_of,
    groups_for,
)
from botapp.understanding.normalise import read_message
from botapp.understanding.said import Said, said_in
from botapp.understanding.wish import load_withdrawal_words
from tests.understanding.measure import OUT as LABELS_OF_OUT
from tests.understanding.measure import Judged, Line, judged, lists_alone, own_lines, score_of, score_of_out

# Examinations by strangers, who were asked for a fair one, and what was written later with their misses in view.
_LATEST = ("xa", "xb", "xc", "xg", "xh", "xi", "xj")
EXAMINED = (
    (("zu", "zv", "zx", "zy", "ya"), ("zz", "yb", "yc", "yj", "yk", *_LATEST)),
    (("yx", "yw", "yv"), ("yj", "yk", *_LATEST)),
    (("xd", "xe", "xf"), ("xg", "xh", "xi", "xj")),
)
_EVERYDAY = ("xg", "xh", "xi")  # nobody in them wants out
_PENALTY = 40.0  # by the last parts, each held out
_COUNTS = {"examples": 8.0, "slips": 0.5}  # of a lesson; the lists promise their examples
_CHARACTERS_A_SLIP = 25
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_WISHES = {LABELS[wish]: wish for wish in (*FORMS, *OTHERS)}
_HEAD = """\
# What those who want out sound like (botapp/understanding/likeness.py): weights for groups of runs of letters and of
# phrases in a row. Made by `make learn-likeness` of tests/understanding/lines; teach it by adding lines there, not by
# hand.
"""


class Lesson(NamedTuple):
    """A line, and what likeness hears in it."""

    line: Line
    said: Said


def lessons() -> list[Lesson]:
    """The own lines by their parts, and as more the lists' examples, what stops alone, and courtesies."""
    return [_lesson(line) for line in chain(own_lines(), _examples(), _entries(), _courtesies())]


def _lesson(line: Line) -> Lesson:
    words = lists_alone()
    message = words.unstretch(read_message(line.text))
    return Lesson(line, said_in(message, words.spoken(message, None)))


def mistyped(given: Iterable[Lesson]) -> list[Lesson]:
    """The own lines among them with slips of typing in each, the same ones every time."""
    return [_mistyped(lesson.line) for lesson in given if lesson.line.part.startswith("own ")]


@cache
def _mistyped(line: Line) -> Lesson:
    text, chance = line.text, random.Random(line.text)  # noqa: S311  the same every time
    for _ in range(max(1, round(len(text) / _CHARACTERS_A_SLIP))):
        text = _with_a_slip(text, chance)
    return _lesson(line._replace(part="slips", text=text))


def _with_a_slip(text: str, chance: random.Random) -> str:
    """A letter is left out, doubled, swapped with the next or taken for its neighbour, or a blank is left out."""
    at = chance.choice([index for index, sign in enumerate(text) if sign.isalpha()] or [0])
    before, letter, after = text[:at], text[at], text[at + 1 :]
    row = next((keys for keys in _KEYS if letter.lower() in keys), letter)
    beside = row[(row.find(letter.lower()) + 1) % len(row)]
    head, _, tail = after.partition(" ")
    return before + chance.choice(
        [after, letter + letter + after, after[:1] + letter + after[1:], beside + after, letter + head + tail]
    )


def _examples() -> Iterator[Line]:
    for language, table in read_languages("optout").items():
        for kind, label in (("stop", "optout"), ("not_stop", "none")):
            for text in table["examples"].get(kind, ()):
                yield Line("examples", language, label, text)


def _entries() -> Iterator[Line]:
    for language, table in read_languages("optout").items():
        for text in chain(table["stop"].get("exact", ()), table["stop"].get("phrases", ())):
            yield Line("entries", language, "optout", text)


def _courtesies() -> Iterator[Line]:
    for language, table in read_languages("courtesy").items():
        for kind in Courtesy:
            for text in chain(table[kind], table["examples"][kind]):
                yield Line("courtesies", language, "none", text)


def learn(given: Sequence[Lesson]) -> Likeness:
    """The same lessons make the same weights."""
    rows = {groups: _rows([lesson.said for lesson in given], groups) for groups in (OUT_GROUPS, FEWER_GROUPS)}
    labels = np.array([lesson.line.label for lesson in given])
    is_out = np.isin(labels, sorted(LABELS_OF_OUT))
    counts = np.array([_COUNTS.get(lesson.line.part, 1.0) for lesson in given])
    weights = {OUT: _fitted(rows[OUT_GROUPS], is_out, OUT, counts)}
    for label, wish in _WISHES.items():
        among = is_out if wish in FORMS else np.ones(len(given), dtype=bool)
        weights[wish] = _fitted(rows[FEWER_GROUPS][among], labels[among] == label, wish, counts[among])
    return Likeness(weights)


def digest_of(given: Iterable[Lesson]) -> str:
    """Of what is learnt from them."""
    told = sorted(f"{line.label}\t{said.words}\t{said.shape}" for line, said in given)
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def held_out(given: Sequence[Lesson], halves: Collection[str], later: Collection[str] = ()) -> list[Judged]:
    """How these parts are heard by the lists and what was learnt from all else.

    Nor is learnt from what was written later, with their misses in view.
    """
    unseen = {f"own {each}" for each in (*halves, *later)}
    kept = [lesson for lesson in given if lesson.line.part not in unseen]
    words = load_withdrawal_words(read_languages("optout"), learn([*kept, *mistyped(kept)]))
    return judged((line for line, _ in given if line.part.removeprefix("own ") in halves), words)


def _rows(given: Sequence[Said], groups: tuple[int, int]) -> sparse.csr_matrix:
    """A row for each: how often each group is in it, divided by the root of how many there are."""
    letter_groups, shape_groups = groups
    columns: list[list[int]] = []
    values: list[NDArray[np.float64]] = []
    for said in given:
        of_letters, of_shapes = grams_of(said)
        letters = [checksum % letter_groups for checksum in of_letters.checksums]
        shapes = [letter_groups + checksum % shape_groups for checksum in of_shapes.checksums]
        columns.append([*letters, *shapes])
        values.append(np.full(len(letters), max(len(letters), 1) ** -0.5))  # "ok" has no run of letters
        values.append(np.full(len(shapes), WEIGHT_OF_SHAPE * max(len(shapes), 1) ** -0.5))
    ends = np.cumsum([0, *map(len, columns)])
    table = (np.concatenate(values), list(chain.from_iterable(columns)), ends)
    return sparse.csr_matrix(table, shape=(len(given), letter_groups + shape_groups))


def _fitted(rows: sparse.csr_matrix, wanted: NDArray[np.bool_], name: str, counts: NDArray[np.float64]) -> Weights:
    fitted = LogisticRegression(C=_PENALTY, tol=1e-6, max_iter=3000).fit(rows, wanted, sample_weight=counts)
    scale = float(np.abs(fitted.coef_).max()) / 127
    weights = array("b", np.rint(fitted.coef_[0] / scale).astype(np.int8).tobytes())
    letters = groups_for(name)[0]
    return Weights(weights[:letters], weights[letters:], scale, float(fitted.intercept_[0]))


def _section(name: str, weights: Weights) -> str:
    compressed = (zlib.compress(bytes(array("b", each)), 9) for each in (weights.letters, weights.shapes))
    encoded = (b64encode(each).decode() for each in compressed)
    letters, shapes = ("\n".join(textwrap.wrap(each, 120)) for each in encoded)
    return (
        f"\n[{name}]\nscale = {weights.scale!r}\nbias = {weights.bias!r}\n"
        f'letters = """\n{letters}\n"""\nshapes = """\n{shapes}\n"""\n'
    )


def _by_part(found: Iterable[Judged]) -> dict[str, list[Judged]]:
    parts: dict[str, list[Judged]] = {}
    for each in found:
        parts.setdefault(each.line.part, []).append(each)
    return parts


def _print_examination(name: str, found: Sequence[Judged]) -> None:
    score = score_of_out(found)
    plain = [each.heard in LABELS_OF_OUT for each in found if each.line.label == "optout"]
    sys.stdout.write(
        f"{name}, held out: recall of out {score.recall:.1%} of {score.hits + score.misses:,}, "
        f"precision {score.precision:.1%} of {score.hits + score.alarms:,}, "
        f"of the plain stops {sum(plain):,} of {len(plain):,}\n"
    )


def _print_everyday(name: str, found: Sequence[Judged]) -> None:
    wrongly = [each.heard in LABELS_OF_OUT for each in found if each.line.label == "none"]
    sys.stdout.write(f"{name}, held out: {sum(wrongly) / len(wrongly):.1%} of {len(wrongly):,} taken for a no\n")


def main() -> None:
    """Print what was held out, and write the file."""
    given = lessons()
    examined = [each for halves, later in EXAMINED for each in held_out(given, halves, later)]
    for part, found in _by_part(examined).items():
        _print_examination(part, found)
    _print_examination("all of them", examined)
    for label in sorted({*LABELS.values()}):
        score = score_of(label, examined)
        sys.stdout.write(f"  {label}: recall {score.recall:.1%} of {score.hits + score.misses:,}\n")
    for part, found in _by_part(held_out(given, _EVERYDAY)).items():
        _print_everyday(part, found)
    learnt = learn([*given, *mistyped(given)])
    sections = "".join(_section(name, weights) for name, weights in learnt.weights.items())
    config_dir().joinpath("likeness.toml").write_text(
        f'{_HEAD}lines = {len(given)}\ndigest = "{digest_of(given)}"\n{sections}', encoding="utf-8"
    )


if __name__ == "__main__":
    main()
