"""The words of one language, as config/optout explains them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from botapp.understanding.lexicon import Lexicon
from botapp.understanding.moments import Moment, TimeWords
from botapp.understanding.normalise import Message
from botapp.understanding.phrases import Phrases
from botapp.understanding.wishes import Wish


class Telling(NamedTuple):
    """Words without which no sentence says a wish: one that may alone, or one of each of two halves."""

    alone: frozenset[str]
    first_halves: frozenset[str]
    second_halves: frozenset[str]


@dataclass(frozen=True, slots=True)
class LanguageWords:
    """What is said as a whole message, and what is said in sentences."""

    language: str
    is_order_free: bool  # the verb may stand before or after what belongs to it, as in German
    courtesies: Phrases[None]
    whole: Mapping[Wish, Phrases[None]]  # entries that are the whole message, courtesies aside
    lexicon: Lexicon
    telling: Telling
    mutes: Mapping[str, timedelta | None]  # how long without a time; None: until undone
    mutes_by_itself: frozenset[str]  # of these, the ones that must be the whole clause
    mutes_until: frozenset[str]  # what follows these says until when, whatever it is
    times: TimeWords
    shorthand: Mapping[str, tuple[str, ...]]  # "u" -> "you", "mtn" -> "maintenant"
    carrying_on: frozenset[str]  # a comma before one of these ends no clause: "ich möchte nicht, dass ihr schreibt"

    wishing: frozenset[str]  # "would", "please": who says one of these does not tell what happened

    def in_full(self, message: Message) -> Message:
        """The message with words in full that this language's writers shorten, and clauses as it divides them."""
        if not self.carrying_on.isdisjoint(message.words):
            following = (*message.words[1:], "")
            ends = zip(message.ends_clause, following, strict=True)
            carried_on = tuple(is_end and word not in self.carrying_on for is_end, word in ends)
            message = Message(message.words, carried_on, message.accented, message.marks)
        if self.shorthand.keys().isdisjoint(message.words):
            return message
        words: list[str] = []
        ends_clause: list[bool] = []
        marks: list[str] = []
        for word, is_end, mark in zip(message.words, message.ends_clause, message.marks, strict=True):
            full = self.shorthand.get(word, (word,))
            words += full
            ends_clause += [*(False for _ in full[1:]), is_end]
            marks += [*(" " for _ in full[1:]), mark]
        return Message(tuple(words), tuple(ends_clause), message.accented, tuple(marks))

    def usual_mute(self, entry: str) -> Moment | None:
        """How long a mute lasts for which the person names no time; None: until undone."""
        span = self.mutes.get(entry)
        return Moment(0, is_introduced=False, span=span) if span else None
