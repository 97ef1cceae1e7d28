"""The rules by which a message meets the lists: the whole message, courtesies aside, or an exit word at its head."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Generic, NamedTuple, TypeVar

from botapp.understanding.continuation import Verdict, weigh
from botapp.understanding.mute_duration import Spoken
from botapp.understanding.normalise import Message
from botapp.understanding.phrases import Match, Phrases
from botapp.understanding.vocabulary import LanguageWords

Languages = Sequence[LanguageWords]
Meaning = TypeVar("Meaning")


class Found(NamedTuple):
    """An entry of our data that says what the person wants."""

    entry: str
    language: str
    mute_for: timedelta | None = None


class _Head(NamedTuple, Generic[Meaning]):
    """An exit phrase at the head of a message."""

    match: Match[Meaning]
    end: int  # the first word after it
    has_opener: bool  # more than courtesies stood before it: "can you", "I want to"


class _Reading(NamedTuple):
    """What one language makes of a message that begins with an exit phrase."""

    found: Found
    verdict: Verdict


def find_exact_stop(message: Message, languages: Languages) -> Found | None:
    """A stop word that is the whole message, courtesies aside."""
    return _first(message, languages, lambda language: language.exact_stops)


def find_help(message: Message, languages: Languages) -> Found | None:
    """A call for help that is the whole message, courtesies aside."""
    return _first(message, languages, lambda language: language.helps)


def find_person(message: Message, languages: Languages) -> Found | None:
    """A wish to reach a person that is the whole message, courtesies aside."""
    return _first(message, languages, lambda language: language.people)


def find_start(message: Message, languages: Languages) -> Found | None:
    """Exactly a START word and nothing else: consent is never revived on a guess."""
    for language in languages:
        match = language.starts.is_whole(message)
        # "Résumé" is not "resume": accents that the entry lacks make it another word.
        if match is not None and (not message.accented or not match.entry.isascii()):
            return Found(match.entry, language.language)
    return None


def find_leading_stop(message: Message, languages: Languages) -> Found | None:
    """An exit word at the head of the message whose continuation leaves it its meaning.

    `mute_for` is set when the message says how long: "stop texting me for two weeks".
    """
    return _settle(_read_stop(message, language) for language in languages)


def find_mute(message: Message, languages: Languages) -> Found | None:
    """A mute phrase at the head of the message, with the duration it names or that our data gives it."""
    return _settle(_read_mute(message, language) for language in languages)


def _first(message: Message, languages: Languages, choose: Callable[[LanguageWords], Phrases[None]]) -> Found | None:
    for language in languages:
        if match := _whole_but_for_courtesies(message, choose(language), language.courtesies):
            return Found(match.entry, language.language)
    return None


def _whole_but_for_courtesies(
    message: Message, entries: Phrases[None], courtesies: Phrases[None]
) -> Match[None] | None:
    start = 0
    while (match := entries.longest_at(message, start)) is None:
        courtesy = courtesies.longest_at(message, start)
        if courtesy is None:
            return None
        start += courtesy.length
    end = start + match.length
    while courtesy := courtesies.longest_at(message, end):
        end += courtesy.length
    is_whole = end == len(message.words)
    # A single letter stands alone: "x" withdraws, "thanks x" is a kiss.
    return match if is_whole and (len(match.entry) > 1 or match.length == len(message.words)) else None


def _read_stop(message: Message, language: LanguageWords) -> _Reading | None:
    head = _head(message, language.leading_stops, language)
    if head is None and (mute := _head(message, language.mutes, language)):
        head = _stop_after(message, mute, language)
    if head is None:
        return None
    verdict, durations = weigh(message, head.end, language.after_stop, language.durations)
    if head.has_opener and verdict is Verdict.SHORT:
        return None  # "I want to stop smoking": after an opener nothing is guessed
    # "Stop for two weeks" says how long; "stop today" does not.
    is_plain = verdict in {Verdict.LISTED, Verdict.ENDED}
    is_limited = is_plain and any(duration.is_introduced for duration in durations)
    span = _sum(durations) if is_limited else None
    return _Reading(Found(head.match.entry, language.language, span), verdict)


def _read_mute(message: Message, language: LanguageWords) -> _Reading | None:
    head = _head(message, language.mutes, language)
    if head is None or _stop_after(message, head, language):
        return None
    verdict, durations = weigh(message, head.end, language.after_mute, language.durations)
    if verdict is Verdict.SHORT:
        return None  # a mute is not guessed: "quiet room"
    span = _sum(durations) if durations else head.match.meaning
    return _Reading(Found(head.match.entry, language.language, span), verdict)


def _sum(durations: Sequence[Spoken]) -> timedelta | None:
    """All of "one hour and thirty minutes"; None as soon as one of them has no end."""
    spans = [duration.span for duration in durations if duration.span is not None]
    return sum(spans, timedelta()) if len(spans) == len(durations) else None


def _head(message: Message, phrases: Phrases[Meaning], language: LanguageWords) -> _Head[Meaning] | None:
    position = 0
    has_opener = False
    while (match := phrases.longest_at(message, position)) is None:
        skipped = language.openers.longest_at(message, position)
        if skipped is None:
            return None
        is_courtesy = skipped.meaning
        has_opener = has_opener or not is_courtesy
        position += skipped.length
    return _Head(match, position + match.length, has_opener)


def _stop_after(message: Message, mute: _Head[timedelta | None], language: LanguageWords) -> _Head[None] | None:
    """A stop wins over a mute before it: "not now, and stop texting me"."""
    for position in range(mute.end, len(message.words)):
        if match := language.leading_stops.longest_at(message, position):
            return _Head(match, position + match.length, has_opener=True)
    return None


def _settle(readings: Iterable[_Reading | None]) -> Found | None:
    """The languages' readings as one.

    Without a hint the language is not known: certainty in one is enough, but what one knows of another object
    outweighs what another only guesses.
    """
    heard: dict[Verdict, Found] = {}
    for reading in readings:
        if reading is not None:
            heard.setdefault(reading.verdict, reading.found)
        if Verdict.LISTED in heard:
            break
    for verdict in (Verdict.LISTED, Verdict.ENDED, Verdict.NEW_CLAUSE):
        if verdict in heard:
            return heard[verdict]
    return None if Verdict.VETO in heard else heard.get(Verdict.SHORT)
