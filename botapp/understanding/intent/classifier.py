"""What every classifier does, whatever it is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Guess:
    """What a text is most likely about.

    `confidence` is the chance that `label` is right, out-of-scope texts counted in; `scores` are of the labels in their
    order and compare with one another only.
    """

    label: str | None  # None: the classifier knows no label, or is told that this is out of scope
    confidence: float
    is_in_scope: bool  # whether to act on the label
    ranking: tuple[str, ...]  # all labels, the likeliest first


class Classifier(Protocol):
    """Answers for one text. Does no I/O, and is safe in any number of threads."""

    @property
    def labels(self) -> Sequence[str]: ...

    def guess(self, text: str) -> Guess: ...
