"""Finds the entries of a word list in a message."""

from collections.abc import Iterator, Mapping
from typing import Generic, NamedTuple, TypeVar

from botapp.understanding.normalise import Message, words_of_entry

Meaning = TypeVar("Meaning")


class Match(NamedTuple, Generic[Meaning]):
    """An entry of our data, what it means, and how many words of the message it covers."""

    entry: str
    length: int
    meaning: Meaning


class Phrases(Generic[Meaning]):
    """Words and phrases with their meanings, looked up by their first word, the longest first."""

    __slots__ = ("_by_first_word",)

    def __init__(self, meanings: Mapping[str, Meaning]) -> None:
        """Of two entries with the same words the first counts. Raises ValueError for one without letters."""
        by_first_word: dict[str, list[tuple[tuple[str, ...], Match[Meaning]]]] = {}
        for entry, meaning in meanings.items():
            words = words_of_entry(entry)
            if not words:
                raise ValueError(f"the entry {entry!r} has no letters")
            match = Match(entry, len(words), meaning)
            by_first_word.setdefault(words[0], []).append((words, match))
        for candidates in by_first_word.values():
            candidates.sort(key=lambda candidate: len(candidate[0]), reverse=True)
        self._by_first_word = {first: tuple(candidates) for first, candidates in by_first_word.items()}

    def may_be_in(self, message: Message) -> bool:
        """False where no entry can begin at any word of the message; many times quicker than to look at each."""
        return not self._by_first_word.keys().isdisjoint(message.words)

    def longest_at(self, message: Message, position: int) -> Match[Meaning] | None:
        """The longest entry that begins at this word. None also past the end of the message."""
        if position >= len(message.words):
            return None
        for words, match in self._by_first_word.get(message.words[position], ()):
            end = position + match.length
            # A phrase does not reach over a full stop: "Stop, all of it is wrong" is not "stop all".
            if message.words[position:end] == words and True not in message.ends_clause[position : end - 1]:
                return match
        return None

    def spelled(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """The entries as words to compare, and as they are written in our data."""
        for candidates in self._by_first_word.values():
            for words, match in candidates:
                yield words, match.entry

    def entries(self) -> Iterator[str]:
        """The entries as they are written in our data."""
        for _, entry in self.spelled():
            yield entry
