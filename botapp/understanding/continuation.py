"""Judges what follows an exit word: is it said of our messages, or does the word have another object?

"Stop texting me" withdraws; "stop by the store" and "parar o tratamento" do not.
"""

from enum import Enum, auto
from typing import NamedTuple

from botapp.understanding.mute_duration import DurationWords, Spoken
from botapp.understanding.normalise import Message
from botapp.understanding.phrases import Phrases

# So few words of which our lists know nothing are still taken for a withdrawal: a miss is worse than a false stop.
_FEW_UNLISTED_WORDS = 2


class Verdict(Enum):
    """What words after an exit word, or all of them together, make of it in one language."""

    LISTED = auto()  # nothing, courtesies, words about our messages
    ENDED = auto()  # the exit word's clause has ended before anything else is said
    NEW_CLAUSE = auto()  # a reason or threat begins: "stop or I will report you"
    VETO = auto()  # another object: "stop the song"
    SHORT = auto()  # a word or two that no list knows
    UNRELATED = auto()  # longer than a guess may be


class Continuation(NamedTuple):
    """The verdict, and the durations named on the way."""

    verdict: Verdict
    durations: tuple[Spoken, ...]


def weigh(message: Message, position: int, known: Phrases[Verdict], clock_words: DurationWords) -> Continuation:
    """Judges the message from `position` on, the first word after the exit phrase."""
    durations: list[Spoken] = []
    unlisted = 0
    has_ended = False
    while position < len(message.words) and unlisted <= _FEW_UNLISTED_WORDS:
        has_ended = has_ended or (not unlisted and message.ends_clause[position - 1])
        if spoken := clock_words.spoken_at(message, position):
            # "Stop. For two weeks you have been writing": what a new clause names does not limit the exit word.
            durations.append(spoken._replace(is_introduced=spoken.is_introduced and not has_ended))
            position += spoken.length
            continue
        match = known.longest_at(message, position)
        verdict, length = (match.meaning, match.length) if match else (Verdict.UNRELATED, 1)
        if verdict is not Verdict.LISTED and (has_ended or match):
            return Continuation(_early(verdict, has_ended, unlisted), tuple(durations))
        unlisted += match is None
        position += length
    return Continuation(_by_count(unlisted), tuple(durations))


def _early(verdict: Verdict, has_ended: bool, unlisted: int) -> Verdict:
    if has_ended:
        return Verdict.ENDED
    # After a word we do not know, a reason is less certain to belong to the exit word.
    return Verdict.SHORT if unlisted and verdict is Verdict.NEW_CLAUSE else verdict


def _by_count(unlisted: int) -> Verdict:
    if unlisted == 0:
        return Verdict.LISTED
    return Verdict.SHORT if unlisted <= _FEW_UNLISTED_WORDS else Verdict.UNRELATED
