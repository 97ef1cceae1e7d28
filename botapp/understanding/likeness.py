"""What a message sounds like, where the lists know no such turn of phrase.

It was learnt beforehand from the lines of tests/understanding/lines (tests/understanding/learn.py): weights for groups
of runs of letters, of pairs of words and of phrases in a row, by what the lists know these phrases to be. They are kept
in config/likeness.toml. What is found so is only ever a guess: who sounds as if they wanted out is asked.
"""

import binascii
import math
import zlib
from array import array
from base64 import b64decode
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import accumulate, pairwise, zip_longest
from typing import NamedTuple
from zlib import crc32

from botapp.understanding.moments import Moment
from botapp.understanding.said import Said
from botapp.understanding.wishes import Wish

# By checksum: a few share a group. Powers of two; the first for wanting out, which must not be missed.
OUT_GROUPS, FEWER_GROUPS = (1 << 20, 1 << 16), (1 << 15, 1 << 13)  # of letters, and of phrases in a row
WEIGHT_OF_SHAPE = 0.5  # of the phrases beside the letters
OUT = "out"
FORMS = (Wish.TOPIC_STOP, Wish.MUTE)  # of wanting out, against a stop
OTHERS = (Wish.RETURN, Wish.PERSON, Wish.DATA, Wish.DELETE, Wish.WHY, Wish.COMPLAINT)
_RUN = 5  # bytes, blanks included
_LONGEST_SHAPE = 3  # phrases in a row
_FEWEST_WORDS, _MOST_WORDS = 4, 25  # of a part; fewer say too little
_NEIGHBOURS = 3  # parts between two marks that are heard as one, too
_LONG = 60  # words; of longer messages the lists' word holds, and else they are only heard for wanting out


class Weights(NamedTuple):
    """How much each group speaks for something: signed bytes in units of `scale`."""

    letters: Sequence[int]
    shapes: Sequence[int]
    scale: float
    bias: float


class Out(NamedTuple):
    """How surely somebody wants out, said in which part of the message."""

    odds: float
    of_all: float  # the odds of the whole message
    part: tuple[int, int]  # its words
    until: Moment | None  # the first time that it names


class Grams(NamedTuple):
    """What a message is weighed by, as checksums in the order of its words."""

    checksums: Sequence[int]
    begins: Sequence[int]  # for each word, and for the end, where its own begin


class Likeness:
    """What speaks for each wish. Immutable once built."""

    __slots__ = ("weights",)

    def __init__(self, weights: Mapping[str, Weights] | None = None) -> None:
        """By OUT, by forms of it and by other wishes. Without weights nothing sounds like anything."""
        self.weights = dict(weights or {})

    def hear(self, said: Said) -> "Hearing | None":
        """None for what is too short to tell, and where nothing was learnt."""
        return Hearing(said, self.weights) if self.weights and len(said.words) >= _FEWEST_WORDS else None


class Hearing:
    """What one message sounds like, in logarithms of odds: above nothing, most who write so want it."""

    def __init__(self, said: Said, weights: Mapping[str, Weights]) -> None:
        self._said, self._weights = said, weights
        self._whole = (0, len(said.words))

    @property
    def is_long(self) -> bool:
        """Whether it is too long to be told apart by all of it."""
        return len(self._said.words) > _LONG

    def out(self) -> Out:
        """How surely the part of the message that sounds most like it is about wanting out."""
        heard = self._odds_of_parts(self._said.marks, _FEWEST_WORDS)
        odds, part = max(heard)
        return Out(odds, heard[0][0], part, self._said.until_when(*part))

    def odds_of_out_at_most(self) -> float:
        """The same with every clause looked at, even a single word: below nothing, none sounds like wanting out."""
        return max(self._odds_of_parts(self._said.limits, 1))[0]

    def form_of(self, out: Out) -> tuple[Wish, float]:
        """The likeliest form other than a stop of all, and how surely it is that."""
        return self._likeliest(FORMS, out.part)

    def other(self) -> tuple[Wish, float]:
        """Which of OTHERS it is, and how surely."""
        return self._likeliest(OTHERS, self._whole)

    def odds_of(self, wish: Wish) -> float:
        """Of one of OTHERS."""
        return self._likeliest((wish,), self._whole)[1]

    def _likeliest(self, wishes: Sequence[Wish], part: tuple[int, int]) -> tuple[Wish, float]:
        odds = {wish: self._odds(self._weights[wish], part) for wish in wishes}
        likeliest = max(odds, key=odds.__getitem__)
        return likeliest, odds[likeliest]

    def _odds(self, weights: Weights, part: tuple[int, int]) -> float:
        start, end = part
        letters, shapes = self._grams
        of_letters = letters.checksums[letters.begins[start] : letters.begins[end]]
        of_shapes = shapes.checksums[shapes.begins[start] : shapes.begins[end]]
        sound, shape = sum(_weights_of(of_letters, weights.letters)), sum(_weights_of(of_shapes, weights.shapes))
        return _together(weights, sound, len(of_letters), shape, len(of_shapes))

    def _odds_of_parts(self, limits: Sequence[int], fewest: int) -> list[tuple[float, tuple[int, int]]]:
        """The whole, and what stands between limits, alone and with neighbours: long messages say their wish there."""
        weights = self._weights[OUT]
        letters, shapes = self._grams
        # All before each word, so that every part costs the same few steps.
        sounds = [0, *accumulate(_weights_of(letters.checksums, weights.letters))]
        forms = [0, *accumulate(_weights_of(shapes.checksums, weights.shapes))]

        def odds(start: int, end: int) -> float:
            first, last = letters.begins[start], letters.begins[end]
            begin, until = shapes.begins[start], shapes.begins[end]
            sound, shape = sounds[last] - sounds[first], forms[until] - forms[begin]
            return _together(weights, sound, last - first, shape, until - begin)

        parts = (
            (start, end)
            for first, start in enumerate(limits)
            for end in limits[first + 1 : first + 1 + _NEIGHBOURS]
            if fewest <= end - start <= _MOST_WORDS
        )
        return [(odds(*part), part) for part in (self._whole, *parts)]

    @cached_property
    def _grams(self) -> tuple[Grams, Grams]:
        return grams_of(self._said)


def _weights_of(checksums: Sequence[int], weights: Sequence[int]) -> list[int]:
    mask = len(weights) - 1
    return [weights[checksum & mask] for checksum in checksums]


def _together(weights: Weights, sound: int, letters: int, shape: int, phrases: int) -> float:
    """Each divided by the root of how many there are, so that long messages are not louder."""
    loudness = sound / math.sqrt(letters) if letters else 0.0
    if phrases:
        loudness += WEIGHT_OF_SHAPE * shape / math.sqrt(phrases)
    return weights.bias + weights.scale * loudness


def grams_of(said: Said) -> tuple[Grams, Grams]:
    """Of its letters and pairs of words, and of its phrases in a row."""
    words = [word.encode() for word in said.words]
    text = b" %b " % b" ".join(words)
    runs = [crc32(text[start : start + _RUN]) for start in range(len(text) - _RUN + 1)]
    pairs = [crc32(b"%b\0%b" % pair) for pair in pairwise(words)]
    letters: list[int] = []
    begins = [0]
    blank = 0  # before the word
    for word, pair in zip_longest(words, pairs):
        after = blank + len(word) + 1
        letters += runs[blank:after]
        if pair is not None:
            letters.append(pair)
        begins.append(len(letters))
        blank = after
    return Grams(letters, begins), _shapes_of(said)


def _shapes_of(said: Said) -> Grams:
    names = [b"%x" % roles for roles in said.shape]
    in_a_row = [list(map(crc32, names))]
    for length in range(1, _LONGEST_SHAPE):  # each goes on from where the one of one phrase less ended
        begun = zip(names[length:], in_a_row[-1], strict=False)  # the last ones have none behind them
        in_a_row.append([crc32(b" %b" % name, before) for name, before in begun])
    checksums: list[int] = []
    offsets = []
    for beginning_here in zip_longest(*in_a_row):
        offsets.append(len(checksums))
        checksums += filter(None, beginning_here)
    begins = [offsets[bisect_left(said.starts, word)] for word in range(len(said.words))]
    return Grams(checksums, [*begins, len(checksums)])


def load_likeness(table: Mapping[str, object]) -> Likeness:
    """From config/likeness.toml. Raises ValueError naming what is wrong with it."""
    return Likeness({name: _weights(table, name) for name in (OUT, *FORMS, *OTHERS)})


def groups_for(name: str) -> tuple[int, int]:
    """How many groups of letters and of phrases in a row speak for it."""
    return OUT_GROUPS if name == OUT else FEWER_GROUPS


def _weights(table: Mapping[str, object], name: str) -> Weights:
    section = table.get(name)
    found = section if isinstance(section, Mapping) else {}
    letters, shapes = _decoded(found.get("letters")), _decoded(found.get("shapes"))
    scale, bias = found.get("scale"), found.get("bias")
    wanted = groups_for(name)
    if (len(letters), len(shapes)) != wanted or not isinstance(scale, float) or not isinstance(bias, float):
        raise ValueError(
            f"config/likeness.toml: [{name}] must have scale and bias, numbers with a point, and compressed in base64 "
            f"letters, {wanted[0]} bytes, and shapes, {wanted[1]}; `make learn-likeness` makes the file anew"
        )
    return Weights(array("b", letters), array("b", shapes), scale, bias)


def _decoded(written: object) -> bytes:
    """Nothing, where it is no base64 of something compressed."""
    try:
        compressed = b64decode("".join(written.split()), validate=True) if isinstance(written, str) else b""
        return zlib.decompress(compressed)
    except (binascii.Error, zlib.error):
        return b""
