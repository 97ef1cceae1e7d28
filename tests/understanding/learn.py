"""Learns what those who want out sound like: `make learn-likeness` writes config/likeness.toml.

What it learns from are the own lines and the examples that stand beside the lists of config/optout.

Prints first how well that works for lines that were not learnt from: each of the last parts in turn.
"""

import hashlib
import sys
import textwrap
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from botapp.config_files import config_dir, read_languages
from botapp.understanding.likeness import GROUPS, Likeness, groups_of
from botapp.understanding.normalise import read_message
from tests.understanding.measure import OUT, Line, own_lines

_PENALTY = 30.0  # by the parts za to zd, each held out
_HEAD = """\
# What those who want out sound like: a weight for each group of runs of letters (botapp/understanding/likeness.py).
# Made by `make learn-likeness` of tests/understanding/lines; teach it by adding lines there, not by hand.
"""


def lines_to_learn() -> list[Line]:
    """The own lines by their parts, and the lists' examples as one more."""
    return [*own_lines(), *_examples()]


def _examples() -> Iterator[Line]:
    for language, table in read_languages("optout").items():
        for kind, label in (("stop", "optout"), ("not_stop", "none")):
            for text in table["examples"].get(kind, ()):
                yield Line("examples", language, label, text)


def learn(lines: Sequence[Line]) -> Likeness:
    """The same lines make the same weights."""
    weights, scale, bias = _fitted(lines)
    return Likeness(weights, scale=scale, bias=bias)


def digest_of(lines: Iterable[Line]) -> str:
    """Of what is learnt from them."""
    told = sorted(f"{line.label in OUT}\t{line.text}" for line in lines)
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def held_out(lines: Sequence[Line], part: str) -> tuple[float, float]:
    """Which share of a part's lines sounds like out, of those that are and of the others, learnt from all else."""
    likeness = learn([line for line in lines if line.part != part])

    def share(*, is_out: bool) -> float:
        texts = [line.text for line in lines if line.part == part and (line.label in OUT) == is_out]
        return sum(likeness.sounds_like_out(read_message(text)) for text in texts) / len(texts)

    return share(is_out=True), share(is_out=False)


def _fitted(lines: Sequence[Line]) -> tuple[bytes, float, float]:
    groups = [sorted(groups_of(read_message(line.text).words)) for line in lines]
    values = np.repeat([len(each) ** -0.5 for each in groups], [len(each) for each in groups])
    ends = np.cumsum([0, *map(len, groups)])
    rows = sparse.csr_matrix((values, np.concatenate(groups), ends), shape=(len(lines), GROUPS))
    fitted = LogisticRegression(C=_PENALTY, max_iter=3000).fit(rows, [line.label in OUT for line in lines])
    scale = float(np.abs(fitted.coef_).max()) / 127
    return np.rint(fitted.coef_[0] / scale).astype(np.int8).tobytes(), scale, float(fitted.intercept_[0])


def main() -> None:
    """Print what was held out, and write the file."""
    lines = lines_to_learn()
    parts = {line.part for line in own_lines() if line.label in OUT}
    for part in sorted(parts, key=lambda part: (len(part), part))[-4:]:
        out, other = held_out(lines, part)
        sys.stdout.write(f"{part}, held out: {out:.1%} of who want out sound so, and {other:.1%} of the others\n")
    weights, scale, bias = _fitted(lines)
    encoded = "\n".join(textwrap.wrap(b64encode(weights).decode(), 120))
    config_dir().joinpath("likeness.toml").write_text(
        f'{_HEAD}lines = {len(lines)}\ndigest = "{digest_of(lines)}"\nscale = {scale!r}\nbias = {bias!r}\n'
        f'weights = """\n{encoded}\n"""\n',
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
