"""Finds the questions that resemble a text: by runs of letters in how they are asked, by words in what is answered."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from botapp.understanding.faq.entry import FaqEntry, names_of
from botapp.understanding.intent.floats import Floats
from botapp.understanding.intent.grams import plain
from botapp.understanding.intent.vectors import Cut, Grams, Vector

_WEIGHT_OF_WORDS = 1.0  # by the public questions of StackFAQ; anything from 0.5 to 2 does nearly as well


@dataclass(frozen=True, slots=True)
class Rows:
    """Many vectors, to be compared with one."""

    columns: NDArray[np.int32]
    values: Floats
    rows: NDArray[np.int32]
    number: int
    width: int

    @staticmethod
    def of(vectors: Sequence[Vector], width: int) -> "Rows":
        rows = [np.full(len(v.columns), place, dtype=np.int32) for place, v in enumerate(vectors)]
        return Rows(
            np.concatenate([v.columns for v in vectors]),
            np.concatenate([v.values for v in vectors]),
            np.concatenate(rows),
            len(vectors),
            width,
        )

    def similar(self, vector: Vector) -> NDArray[np.float64]:
        """The cosine of each with that one."""
        spread = np.zeros(self.width, dtype=np.float32)
        spread[vector.columns] = vector.values
        products = self.values * spread[self.columns]
        return np.bincount(self.rows, weights=products, minlength=self.number).astype(np.float64)


@dataclass(frozen=True, slots=True)
class Resemblance:
    """How much a text resembles each name, and each single ask."""

    scores: NDArray[np.float64]
    by_ask: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FaqIndex:
    """All entries of a page. Made in milliseconds, so it is not stored."""

    names: tuple[str, ...]
    letters: Grams
    asks: Rows
    names_of_asks: NDArray[np.int32]
    languages_of_asks: tuple[str, ...]
    words: Grams
    contents: Rows

    @staticmethod
    def learn(entries: Sequence[FaqEntry]) -> "FaqIndex":
        """`entries`: at least one."""
        names = names_of(entries)
        place = {name: number for number, name in enumerate(names)}
        asks = [(ask, place[entry.name], entry.language) for entry in entries for ask in entry.asks]
        letters = Grams.learn(Cut.LETTERS, [ask for ask, _, _ in asks])
        contents = [entry.answer for entry in entries]
        joined = [" \n ".join(c for c, e in zip(contents, entries, strict=True) if e.name == name) for name in names]
        words = Grams.learn(Cut.WORDS, joined)
        return FaqIndex(
            names=names,
            letters=letters,
            asks=Rows.of([letters.vector(plain(ask)) for ask, _, _ in asks], len(letters.weights)),
            names_of_asks=np.array([number for _, number, _ in asks], dtype=np.int32),
            languages_of_asks=tuple(language for _, _, language in asks),
            words=words,
            contents=Rows.of([words.vector(plain(text)) for text in joined], len(words.weights)),
        )

    def resemblance(self, text: str) -> Resemblance:
        """Of a text to each name, in their order."""
        shown = plain(text)
        by_ask = self.asks.similar(self.letters.vector(shown))
        best = np.zeros(len(self.names))
        np.maximum.at(best, self.names_of_asks, by_ask)
        scores = best + _WEIGHT_OF_WORDS * self.contents.similar(self.words.vector(shown))
        return Resemblance(scores, by_ask)

    def nearest_language(self, resemblance: Resemblance, place: int, language: str) -> str:
        """In which a name is asked most like the text; of asks equally near, in `language`."""
        asks = np.flatnonzero(self.names_of_asks == place).tolist()
        nearest = max(asks, key=lambda ask: (resemblance.by_ask[ask].round(6), self.languages_of_asks[ask] == language))
        return self.languages_of_asks[nearest]
