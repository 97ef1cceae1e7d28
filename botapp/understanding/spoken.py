"""A message as one language divides it."""

from collections.abc import Sequence
from typing import NamedTuple

from botapp.understanding.clauses import Clause, read_clauses
from botapp.understanding.language import LanguageWords
from botapp.understanding.normalise import Message


class Spoken(NamedTuple):
    """A message in one language, with words in full that its writers shorten."""

    language: LanguageWords
    message: Message
    clauses: Sequence[Clause]
    unknown: int  # words that the language does not know


def spoken_in(language: LanguageWords, message: Message) -> Spoken:
    """The message as this language reads it."""
    in_full = language.in_full(message)
    clauses = read_clauses(in_full, language.lexicon, language.times)
    return Spoken(language, in_full, clauses, sum(clause.unknown for clause in clauses))
