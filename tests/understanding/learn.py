"""Learns what those who want out sound like: `make learn-likeness` writes config/likeness.toml.

What it learns from are the own lines, the examples and the entries of config/optout, and courtesies, each with what the
lists know of its phrases: it is to be made anew when lines or lists have changed.

Prints first how well that works for lines that were not learnt from: each part of strangers' examinations in turn.
"""

import hashlib
import sys
import textwrap
from array import array
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
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
from tests.understanding.measure import Line, Score, judged, lists_alone, own_lines, score_of_out

# Examinations by strangers, who were asked for a fair one, and what was written later with their misses in view.
_LATER, _LATEST = ("zz", "yb", "yc", "yj", "yk"), ("yj", "yk")
EXAMINED = {"zu": _LATER, "zv": _LATER, "zx": _LATER, "zy": _LATER, "ya": _LATER, "yx": _LATEST, "yw": _LATEST}
_PENALTY = 40.0  # by the last parts, each held out
_EXAMPLES_COUNT = 8.0  # times; the lists promise them
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
    words = lists_alone()
    found = []
    for line in chain(own_lines(), _examples(), _entries(), _courtesies()):
        message = words.unstretch(read_message(line.text))
        found.append(Lesson(line, said_in(message, words.spoken(message, None))))
    return found


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
    counts = np.array([_EXAMPLES_COUNT if lesson.line.part == "examples" else 1.0 for lesson in given])
    weights = {OUT: _fitted(rows[OUT_GROUPS], is_out, OUT, counts)}
    for label, wish in _WISHES.items():
        among = is_out if wish in FORMS else np.ones(len(given), dtype=bool)
        weights[wish] = _fitted(rows[FEWER_GROUPS][among], labels[among] == label, wish)
    return Likeness(weights)


def digest_of(given: Iterable[Lesson]) -> str:
    """Of what is learnt from them."""
    told = sorted(f"{line.label}\t{said.words}\t{said.shape}" for line, said in given)
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def held_out(given: Sequence[Lesson], half: str) -> Score:
    """How well wanting out is heard in an examination, by the lists and what was learnt from all else.

    Nor is learnt from what was written after it, with its misses in view.
    """
    part, unseen = f"own {half}", {f"own {each}" for each in (half, *EXAMINED[half])}
    learnt = learn([lesson for lesson in given if lesson.line.part not in unseen])
    words = load_withdrawal_words(read_languages("optout"), learnt)
    return score_of_out(judged((lesson.line for lesson in given if lesson.line.part == part), words))


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


def _fitted(
    rows: sparse.csr_matrix, wanted: NDArray[np.bool_], name: str, counts: NDArray[np.float64] | None = None
) -> Weights:
    fitted = LogisticRegression(C=_PENALTY, tol=1e-6, max_iter=3000).fit(rows, wanted, sample_weight=counts)
    scale = float(np.abs(fitted.coef_).max()) / 127
    weights = array("b", np.rint(fitted.coef_[0] / scale).astype(np.int8).tobytes())
    letters = groups_for(name)[0]
    return Weights(weights[:letters], weights[letters:], scale, float(fitted.intercept_[0]))


def _section(name: str, weights: Weights) -> str:
    encoded = (b64encode(bytes(array("b", each))).decode() for each in (weights.letters, weights.shapes))
    letters, shapes = ("\n".join(textwrap.wrap(each, 120)) for each in encoded)
    return (
        f"\n[{name}]\nscale = {weights.scale!r}\nbias = {weights.bias!r}\n"
        f'letters = """\n{letters}\n"""\nshapes = """\n{shapes}\n"""\n'
    )


def main() -> None:
    """Print what was held out, and write the file."""
    given = lessons()
    for half in EXAMINED:
        score = held_out(given, half)
        sys.stdout.write(
            f"{half}, held out: recall of out {score.recall:.1%} of {score.hits + score.misses}, "
            f"precision {score.precision:.1%}\n"
        )
    sections = "".join(_section(name, weights) for name, weights in learn(given).weights.items())
    config_dir().joinpath("likeness.toml").write_text(
        f'{_HEAD}lines = {len(given)}\ndigest = "{digest_of(given)}"\n{sections}', encoding="utf-8"
    )


if __name__ == "__main__":
    main()
