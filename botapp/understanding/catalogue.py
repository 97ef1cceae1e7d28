"""The products and categories of a page, found in what people write and in the links and ads that brought them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botapp.understanding.normalise import read_message

_LONGEST_PHRASE = 6  # words


@dataclass(frozen=True, slots=True)
class Offer:
    """One product or category. `category` of a product may be empty."""

    key: str
    is_product: bool
    category: str
    names: Mapping[str, str]  # by language

    def name(self, *languages: str) -> str:
        """In the first of these languages that it has a name in, else in any."""
        found = (self.names[language] for language in languages if language in self.names)
        return next(found, None) or next(iter(self.names.values()))


@dataclass(frozen=True, slots=True)
class Sighting:
    """An offer that was spoken of, and how sure that is."""

    offer: Offer
    confidence_percent: int


@dataclass(slots=True)
class Catalogue:
    """Looks offers up. Looking costs one step for each word."""

    _by_phrase: dict[tuple[str, ...], Offer] = field(default_factory=dict)
    _by_id: dict[str, Offer] = field(default_factory=dict)
    _lengths: dict[str, tuple[int, ...]] = field(default_factory=dict)  # of the phrases that begin with a word

    def find(self, text: str) -> Sighting | None:
        """What a text speaks of: a product before a category, more words before fewer, the later before the earlier."""
        words = read_message(text).words
        best: tuple[bool, int, int] | None = None
        found = None
        for begin, word in enumerate(words):
            for length in self._lengths.get(word, ()):
                offer = self._by_phrase.get(words[begin : begin + length])
                rank = (offer.is_product, length, begin) if offer is not None else None
                if rank is not None and (best is None or rank > best):
                    best, found = rank, offer
        return Sighting(found, 90 if best and best[1] > 1 else 80) if found is not None else None

    def find_by_id(self, product_id: str) -> Sighting | None:
        """As a link or an ad names a product."""
        found = self._by_id.get(product_id)
        return Sighting(found, 100) if found is not None else None

    @staticmethod
    def of(stored: Iterable[Mapping[str, Any]]) -> "Catalogue":
        """From entries as `botapp catalogue apply` stores them."""
        catalogue = Catalogue()
        for entry in stored:
            offer = Offer(entry["key"], entry["is_product"], entry["category"], entry["names"])
            for phrase in map(tuple, entry["phrases"]):
                catalogue._by_phrase.setdefault(phrase, offer)
                known = catalogue._lengths.get(phrase[0], ())
                catalogue._lengths[phrase[0]] = tuple(sorted({*known, len(phrase)}))
            for product_id in entry["ids"]:
                catalogue._by_id[product_id] = offer
        return catalogue


def phrase_of(name: str) -> tuple[str, ...]:
    """A name as it is looked for; empty if it has no words or too many."""
    words = read_message(name).words
    return words if len(words) <= _LONGEST_PHRASE else ()
