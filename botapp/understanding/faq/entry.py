"""What a page knows to answer."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FaqEntry:
    """One question in one language. Entries of the same name say the same in several languages."""

    name: str
    language: str
    question: str
    answer: str
    phrasings: tuple[str, ...] = ()
    title: str = ""  # on a button; empty: the beginning of the question

    @property
    def asks(self) -> tuple[str, ...]:
        """Every way in which it is asked."""
        return (self.question, *self.phrasings)

    def short_title(self, longest: int) -> str:
        """What stands on a button, whole words where possible."""
        title = self.title or self.question
        if len(title) <= longest:
            return title
        cut = title[: longest - 1]
        return f"{cut.rpartition(' ')[0] or cut}…"


def names_of(entries: Iterable[FaqEntry]) -> tuple[str, ...]:
    """Each name once, in the order of the entries."""
    return tuple(dict.fromkeys(entry.name for entry in entries))
