"""What an encoder does: a text as one point among meanings. Which one, and from where it is read, is not known here."""

from dataclasses import dataclass, field
from typing import Protocol

from botapp.understanding.intent.floats import Floats


class Encoder(Protocol):
    """The same text is always the same point. Safe in any number of threads."""

    @property
    def fingerprint(self) -> str:
        """Another encoder has another: what was learnt with one means nothing to the next."""
        ...

    @property
    def width(self) -> int: ...

    def encode(self, text: str) -> Floats:
        """`width` numbers, one long together; all nought for a text that says nothing."""
        ...


@dataclass(frozen=True, slots=True)
class RememberingEncoder:
    """Asks the other once for each text: who learns sees the same texts again and again. Grows with every text."""

    encoder: Encoder
    _known: dict[str, Floats] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        return self.encoder.fingerprint

    @property
    def width(self) -> int:
        return self.encoder.width

    def encode(self, text: str) -> Floats:
        """As the other does."""
        if text not in self._known:
            self._known[text] = self.encoder.encode(text)
        return self._known[text]
